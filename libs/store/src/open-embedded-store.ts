import type { EmbeddedStoreOptions } from './chdb/open-embedded-store.ts';
import type { Store } from './port.ts';

/** ClickHouse in this process, by chDB, whose 200 MB are loaded here and not where a server is used. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const engine = await import('./chdb/open-embedded-store.ts');
  return engine.openEmbeddedStore(options);
}
