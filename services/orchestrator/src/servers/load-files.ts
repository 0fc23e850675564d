import { loadReferenceData } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The files of a ConfigMap by name. The version is also another one for another ClickHouse, which lacks them. */
export type ReferenceFiles = { readonly version: string; readonly files: ReadonlyMap<string, Buffer> };

export async function loadFiles(store: Store, { files }: ReferenceFiles): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reference-'));
  try {
    for (const [name, content] of files) await writeFile(join(folder, name), content);
    await loadReferenceData(store, folder, Date.now());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
