import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEmbeddedStore } from '../chdb/open-embedded-store.ts';
import type { Store } from '../port.ts';

/** A folder of the test's own, removed when the returned object is disposed of. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tillstream-store-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A store in a folder of its own; chDB binds one folder per process, so a test file has one at a time. */
export async function temporaryStore(): Promise<AsyncDisposable & { readonly store: Store; readonly path: string }> {
  const folder = await temporaryFolder();
  const store = await openEmbeddedStore({ path: folder.path });
  return {
    store,
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
