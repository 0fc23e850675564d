/** A row of a CSV text: its line in the file (1 is the first) and its fields, undefined when its quoting is broken. */
export type CsvRow = { readonly line: number; readonly text: string; readonly fields: readonly string[] | undefined };

/**
 * Rows of a CSV text, one a line: a field cannot span lines, so a stray quote spoils its own row and no other. Empty
 * lines are left out; `\r\n` and a missing line end at the end of the text are fine.
 */
export function* csvRows(text: string): Generator<CsvRow> {
  let line = 0;
  for (let start = 0; start < text.length;) {
    line++;
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const row = text.slice(start, text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    start = end + 1;
    if (row !== '') yield { line, text: row, fields: splitRow(row) };
  }
}

/** Fields of a row as in RFC 4180, within one line; undefined when its quoting is broken. */
export function splitRow(row: string): readonly string[] | undefined {
  if (!row.includes('"')) return row.split(',');
  const fields: string[] = [];
  // A quoted field with doubled quotes inside, or one without any quote; then a comma or the end.
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(row);
    if (match === null) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '') return fields;
  }
}

const INTEGER = /^-?\d{1,10}$/;

/** A plain decimal integer, or NaN. */
export function parseIntegerField(text: string): number {
  return INTEGER.test(text) ? Number(text) : Number.NaN;
}

/** Where each wanted column stands in a header, or undefined when the header is not made of just these columns. */
export function columnIndexes(
  header: readonly string[],
  wanted: readonly string[],
  ignored: ReadonlySet<string>,
): readonly number[] | undefined {
  const names = header.map((name, index) => (index === 0 ? name.replace(/^\ufeff/, '') : name).trim());
  const isExpected = names.every((name) => ignored.has(name) || wanted.includes(name));
  const indexes = wanted.map((name) => names.indexOf(name));
  return isExpected && indexes.every((index) => index >= 0) && new Set(names).size === names.length
    ? indexes
    : undefined;
}
