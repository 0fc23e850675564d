import { RowBinaryReader } from '@tillstream/inventory';

import { StoreError } from '../store-error.ts';
import { skipperOf, widthOf, type Skip } from './column-widths.ts';

/** Cuts an answer in RowBinaryWithNamesAndTypes into buffers of whole rows, without the names and types. */
export async function* wholeRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let cut: ((bytes: Buffer) => number) | undefined;
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const start = cut === undefined ? readHeader(bytes) : { end: 0, cut };
    cut = start?.cut;
    const rows = bytes.subarray(start?.end ?? 0);
    const end = cut === undefined ? 0 : cut(rows);
    if (end > 0) yield rows.subarray(0, end);
    // A copy, so that a few bytes do not hold on to the chunk.
    rest = Buffer.from(rows.subarray(end));
  }
  if (rest.length > 0) throw new StoreError('unreachable', 'query failed: the answer ends in the middle of a row');
}

type Header = { readonly end: number; readonly cut: (bytes: Buffer) => number };

/** Undefined until all of it has come. */
function readHeader(bytes: Buffer): Header | undefined {
  const reader = new RowBinaryReader(bytes);
  const types = whole(() => {
    const count = reader.varint();
    for (let column = 0; column < count; column++) reader.skipString();
    return Array.from({ length: count }, () => reader.string());
  });
  return types === undefined ? undefined : { end: reader.position, cut: cutterOf(types) };
}

/** Gives where the last whole row ends. */
function cutterOf(types: readonly string[]): (bytes: Buffer) => number {
  const widths = types.map(widthOf);
  if (widths.every((width) => width !== undefined)) {
    const width = widths.reduce((sum, one) => sum + one, 0);
    return ({ length }) => length - (length % width);
  }
  const skips = types.map(skipperOf);
  return (bytes) => endOfRows(bytes, skips);
}

function endOfRows(bytes: Buffer, skips: readonly Skip[]): number {
  const reader = new RowBinaryReader(bytes);
  let end = 0;
  whole(() => {
    while (end < bytes.length) {
      for (const skip of skips) skip(reader);
      if (reader.position > bytes.length) return;
      end = reader.position;
    }
  });
  return end;
}

/** Reading past the end of what has come throws RangeError. */
function whole<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
