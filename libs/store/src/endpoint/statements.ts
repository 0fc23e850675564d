import type { ChdbSession } from '../chdb/chdb-session.ts';
import { literal } from '../schema/sql-text.ts';
import { Refusal } from './exception.ts';

/** What may be run for whoever may only read, as the parser calls it. */
const READING = /^(SelectWithUnionQuery|SelectIntersectExceptQuery|Explain|Describe|Show|Exists)/;

/** Table functions that read nothing but their arguments and the tables. */
const HARMLESS: ReadonlySet<string> = new Set(
  'numbers numbers_mt zeros zeros_mt generate_series generateseries primes generaterandom values view null format merge'.split(
    ' ',
  ),
);

/** Statements that programs send again and again, by their texts. */
const MAX_REMEMBERED = 100;
const MAX_REMEMBERED_LENGTH = 10_000;

/** Statements in ClickHouse's normal form, in which a clause starts its line and no literal spans lines. */
export class NormalForms {
  readonly #remembered = new Map<string, string>();

  /** Of the one statement of the text. Throws when it is none, or one for clients alone. */
  async of(session: ChdbSession, sql: string): Promise<string> {
    const remembered = this.#remembered.get(sql);
    if (remembered !== undefined) return remembered;
    const formatted = await normalForm(session, sql);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (sql.length <= MAX_REMEMBERED_LENGTH) this.#remembered.set(sql, formatted);
    return formatted;
  }
}

async function normalForm(session: ChdbSession, sql: string): Promise<string> {
  if (sql.trim() === '') throw new Refusal(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
  const formatted = await format(session, sql);
  if (/^INTO OUTFILE /m.test(formatted)) throw new Refusal(48, 'NOT_IMPLEMENTED', 'INTO OUTFILE is for clients');
  return formatted;
}

async function format(session: ChdbSession, sql: string): Promise<string> {
  try {
    const { bytes } = await session.run(`SELECT formatQuery(${literal(sql)})`, 'TSVRaw');
    return bytes.toString().replace(/\n$/, '');
  } catch (error) {
    // The engine goes on with the statement above, which nobody wrote.
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(text.replace(/:? In scope SELECT formatQuery.*(?= \(\w+\)\s*$)/s, ''), { cause: error });
  }
}

/**
 * Refuses what changes something or reaches out of the tables. The engine's own read-only mode lets through SYSTEM, KILL,
 * writing to files and reading whatever the process can reach, so the parser is asked what the statement consists of.
 */
export async function refuseAllButReading(session: ChdbSession, formatted: string, user: string): Promise<void> {
  // A format would be that of the explanation.
  const bare = formatted.split(/^FORMAT /m)[0]!;
  const { bytes } = await session.run(`EXPLAIN AST ${bare}`, 'TSVRaw');
  const nodes = bytes.toString().split('\n');
  if (!READING.test(nodes[0] ?? '')) denied(user, 'it may only read');
  const outside = await tableFunctions(session);
  const names = nodes.map((node) => /^ *Function (\S+)/.exec(node)?.[1]?.toLowerCase());
  const reaching = names.find((name) => name !== undefined && outside.has(name));
  if (reaching !== undefined) denied(user, `it may not use ${reaching}()`);
}

function denied(user: string, reason: string): never {
  throw new Refusal(497, 'ACCESS_DENIED', `${user}: Not enough privileges: ${reason}`);
}

async function tableFunctions(session: ChdbSession): Promise<ReadonlySet<string>> {
  const { bytes } = await session.run('SELECT lower(name) FROM system.table_functions', 'TSVRaw');
  const names = bytes.toString().trim().split('\n');
  return new Set(names.filter((name) => !HARMLESS.has(name)));
}

/** The format that the statement names, if it does. */
export function formatOf(formatted: string): string | undefined {
  return /^FORMAT (\w+)$/m.exec(formatted)?.[1];
}
