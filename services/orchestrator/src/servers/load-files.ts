import { loadReferenceData, UserError } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The files of a ConfigMap by name. The version is also another one for another ClickHouse, which lacks them. */
export type ReferenceFiles = { readonly version: string; readonly files: ReadonlyMap<string, Buffer> };

export async function loadFiles(store: Store, { files }: ReferenceFiles): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reference-'));
  try {
    for (const [name, content] of files)
      await writeFile(join(folder, name.replace(/\.gz$/, '')), unpacked(name, content));
    await loadReferenceData(store, folder, Date.now());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of what a ConfigMap of a megabyte unpacks to: all Pipelines share the operator's memory. */
const MAX_UNPACKED_BYTES = 16 * 2 ** 20;

function unpacked(name: string, content: Buffer): Buffer {
  if (!name.endsWith('.gz')) return content;
  try {
    return gunzipSync(content, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    throw new UserError(
      `reference file ${name} cannot be unpacked to at most ${MAX_UNPACKED_BYTES / 2 ** 20} MiB: pack it anew, or leave out what no till sends`,
      { cause },
    );
  }
}
