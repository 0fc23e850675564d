import { splitRow } from '@tillstream/inventory';

import { GeneratorError } from '../errors.ts';

/** Row numbers that exports put before the data. */
const IGNORED_COLUMNS: ReadonlySet<string> = new Set(['', 'id']);
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** Where the columns of a file stand. Texts are latin1, one character a byte, so that any bytes survive. */
export type Layout = {
  /** Fields of a whole row. */
  readonly width: number;
  /** Position of each wanted column, in the order asked for. */
  readonly positions: readonly number[];
  /** Other columns, by name. */
  readonly others: readonly { readonly name: string; readonly position: number }[];
};

/** Reads a header line; throws when a wanted column is missing: then the file is something else altogether. */
export function readLayout(path: string, header: string, wanted: readonly string[]): Layout {
  const text = header.startsWith(BYTE_ORDER_MARK) ? header.slice(BYTE_ORDER_MARK.length) : header;
  const names = (splitRow(text) ?? []).map((name) => name.trim());
  const positions = wanted.map((name) => names.indexOf(name));
  if (positions.includes(-1)) {
    const found = text === '' ? 'nothing' : JSON.stringify(text.slice(0, 100));
    throw new GeneratorError(`${path}:1: expected a header with the columns ${wanted.join(',')}, found ${found}`);
  }
  const others = names
    .map((name, position) => ({ name, position }))
    .filter(({ name }) => !wanted.includes(name) && !IGNORED_COLUMNS.has(name));
  return { width: names.length, positions, others };
}

/** A line's text without the `\r` of a `\r\n`. */
export function rowText(line: Buffer): string {
  const end = line.length > 0 && line[line.length - 1] === 0x0d ? line.length - 1 : line.length;
  return line.toString('latin1', 0, end);
}
