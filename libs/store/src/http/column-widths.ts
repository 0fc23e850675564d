import type { RowBinaryReader } from '@tillstream/inventory';

import { StoreError } from '../store-error.ts';

/** Steps over a value; may end behind what the reader has. */
export type Skip = (reader: RowBinaryReader) => void;

const BYTES: Readonly<Record<string, number>> = {
  Bool: 1,
  Int8: 1,
  UInt8: 1,
  Int16: 2,
  UInt16: 2,
  Date: 2,
  Int32: 4,
  UInt32: 4,
  Float32: 4,
  DateTime: 4,
  Int64: 8,
  UInt64: 8,
  Float64: 8,
  DateTime64: 8,
  UUID: 16,
};

/** Bytes of every value of a type, undefined when they differ. */
export function widthOf(type: string): number | undefined {
  return BYTES[/^\w+/.exec(type)?.[0] ?? ''];
}

export function skipperOf(type: string): Skip {
  const width = widthOf(type);
  if (width !== undefined) return (reader) => void (reader.position += width);
  if (type === 'String') return (reader) => void reader.skipString();
  const [, outer = '', inner = ''] = /^(\w+)\((.+)\)$/s.exec(type) ?? [];
  if (outer === 'LowCardinality') return skipperOf(inner);
  if (outer === 'Nullable') return nullable(skipperOf(inner));
  if (outer === 'Array') return repeated([skipperOf(inner)]);
  if (outer === 'Map') {
    // Keys are of simple types, so the first comma is the one between.
    const comma = inner.indexOf(', ');
    return repeated([skipperOf(inner.slice(0, comma)), skipperOf(inner.slice(comma + 2))]);
  }
  throw new StoreError('bad_query', `query failed: rows with a ${type} cannot be streamed; convert it`);
}

function nullable(skip: Skip): Skip {
  return (reader) => {
    if (reader.uint8() === 0) skip(reader);
  };
}

function repeated(skips: readonly Skip[]): Skip {
  return (reader) => {
    for (let left = reader.varint(); left > 0; left--) for (const skip of skips) skip(reader);
  };
}
