import { StoreError } from '../store-error.ts';
import type { ClickHouseBackend } from './backend.ts';
import { readAll } from './read-all.ts';

/** How statements that only read begin in ClickHouse's normal form. */
const READING = /^\(*(SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN|CHECK)\b/;

/**
 * Refuses text that is more than one statement, that writes, or that changes the session, before it runs. ClickHouse's own
 * parser decides: it prints the one statement it reads in a normal form, in which a clause starts its line and no literal
 * spans lines. The engine's read-only mode alone would let through SYSTEM, KILL and writing to files.
 */
export async function checkText(backend: Pick<ClickHouseBackend, 'execute'>, sql: string): Promise<void> {
  const formatted = await format(backend, sql);
  if (/^INTO OUTFILE /m.test(formatted)) refuse('INTO OUTFILE writes a file; redirect the output instead');
  if (/^(SET|USE) /.test(formatted))
    refuse('SET and USE act on what comes later; use a SETTINGS clause, or full names');
  if (!READING.test(formatted)) refuse('it may only read (readonly)');
}

async function format({ execute }: Pick<ClickHouseBackend, 'execute'>, sql: string): Promise<string> {
  try {
    const statement = { sql: 'SELECT formatQuery({sql:String})', parameters: { sql }, people: { format: 'TSVRaw' } };
    return (await readAll((await execute(statement)).stream)).toString();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!/syntax error|empty query|too (deep|big)|max_/i.test(message)) throw error;
    // The engine names the place in the text, and then the statement above, which nobody wrote.
    const own = message.replace(/: In scope SELECT formatQuery.*$/s, '');
    throw new StoreError('bad_query', `query refused: ${own.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
}

function refuse(reason: string): never {
  throw new StoreError('bad_query', `query refused: ${reason}`);
}
