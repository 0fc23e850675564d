import { LOADED_FILE } from '@tillstream/inventory';

import { encodeRows } from '../encoding/row-codec.ts';
import type { TableBlock } from '../port.ts';

/** A block of rows that do not compress well. */
export function loadedFiles(rows: number, seed: number): TableBlock {
  return encodeRows(
    LOADED_FILE,
    Array.from({ length: rows }, (_, index) => ({
      path: `${seed}/${index}/${Math.sin(seed * rows + index)}`,
      content_hash: '',
      version: 1,
      rows_loaded: 0,
      rows_quarantined: 0,
      loaded_at: 0,
    })),
  );
}
