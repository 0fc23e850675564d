import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import { StoreError } from '../store-error.ts';
import type { QueryParameters } from '../port.ts';

/** What carries a statement with parameters in a request. */
export type BoundStatement = {
  readonly query: string;
  readonly values?: Readable;
  readonly http_headers?: Record<string, string>;
};

/** ClickHouse's `http_max_field_value_size`. */
const MAX_VALUE_BYTES = 128 * 1024;

/** Statement and parameters in the body: proxies allow a URL a few thousand bytes. */
export function boundInBody(sql: string, parameters: QueryParameters = {}): BoundStatement {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return { query: sql };
  const boundary = `tillstream-${randomUUID()}`;
  const fields = [['query', sql], ...entries.map(([name, value]) => [`param_${name}`, checked(name, value)])];
  const parts = fields.map(
    ([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  );
  return {
    // With a body of its own, the client would send it in the URL.
    query: '',
    values: Readable.from([Buffer.from(`${parts.join('')}--${boundary}--\r\n`)], { objectMode: false }),
    http_headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  };
}

function checked(name: string, value: unknown): string {
  if (!/^\w+$/.test(name)) throw new StoreError('bad_query', `${JSON.stringify(name)} is no name of a parameter`);
  const text = parameterText(name, value);
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  throw new StoreError('bad_query', `parameter ${name} is longer than ${MAX_VALUE_BYTES} bytes; ask for less at once`);
}

/** A value as ClickHouse reads it from a field; strings have quotes inside arrays and maps only. */
function parameterText(name: string, value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'string') return escaped(value);
  return nested(name, value);
}

function nested(name: string, value: unknown): string {
  const simple = simpleText(value);
  if (simple !== undefined) return simple;
  if (Array.isArray(value)) return `[${value.map((item) => nested(name, item)).join(',')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${nested(name, key)}:${nested(name, item)}`).join(',')}}`;
  }
  refuse(name, value);
}

function simpleText(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return `'${escaped(value)}'`;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

function refuse(name: string, value: unknown): never {
  throw new StoreError(
    'bad_query',
    value instanceof Date
      ? `parameter ${name} is a Date; give epoch milliseconds or text`
      : `parameter ${name} is no number, text, array or Map`,
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\\': '\\\\',
  "'": "\\'",
};

function escaped(text: string): string {
  return text.replaceAll(/[\t\n\r\0\\']/g, (character) => ESCAPES[character]!);
}
