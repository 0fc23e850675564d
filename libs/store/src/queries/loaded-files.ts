import type { Store } from '../port.ts';

const SQL = 'SELECT path, content_hash AS contentHash, version FROM pos.loaded_file ORDER BY path, version';

export type LoadedFile = {
  readonly path: string;
  /** SHA-256, hexadecimal. */
  readonly contentHash: string;
  /** 1 for the first content of the path. */
  readonly version: number;
};

export function loadedFiles(store: Pick<Store, 'query'>): Promise<LoadedFile[]> {
  return store.query<LoadedFile>(SQL);
}
