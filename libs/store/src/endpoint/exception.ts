import { parseError } from '@clickhouse/client';

import { StoreError } from '../store-error.ts';

/** An error as ClickHouse's HTTP interface tells it. */
export type Exception = { readonly code: number; readonly status: number; readonly text: string };

/** What the endpoint itself refuses, with ClickHouse's number and name for it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;

  constructor(code: number, name: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${name})`);
    this.code = code;
  }
}

/** ClickHouse answers 500 to what is not here. */
const STATUSES: readonly (readonly [status: number, codes: readonly number[]])[] = [
  [400, [6, 26, 27, 33, 38, 41, 53, 62, 69, 70, 72, 117, 456]],
  [403, [192, 193, 497, 516]],
  [404, [46, 47, 50, 56, 60, 81, 115]],
  [408, [159]],
  [413, [307, 1000001]],
  [501, [48]],
  [503, [202, 439]],
];

/** Of a folder or file of ours rather than of the engine; nobody else's number. */
const NO_SPACE = 243;
const UNKNOWN = 1002;

export function toException(error: unknown): Exception {
  const text = error instanceof Error ? error.message : String(error);
  const parsed = parseError(text);
  if ('code' in parsed && 'type' in parsed) {
    const code = Number(parsed.code);
    return { code, status: statusOf(code), text: text.endsWith('\n') ? text : `${text}\n` };
  }
  if (isNoSpace(error)) return told(NO_SPACE, 'NOT_ENOUGH_SPACE', text);
  if (error instanceof StoreError && error.code === 'bad_query') return told(62, 'SYNTAX_ERROR', text);
  return told(UNKNOWN, 'UNKNOWN_EXCEPTION', text);
}

function told(code: number, name: string, text: string): Exception {
  return { code, status: statusOf(code), text: `Code: ${code}. DB::Exception: ${text}. (${name})\n` };
}

function statusOf(code: number): number {
  return STATUSES.find(([, codes]) => codes.includes(code))?.[0] ?? 500;
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
