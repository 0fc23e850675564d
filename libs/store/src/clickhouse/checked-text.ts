import type { ClickHouseClient } from '@clickhouse/client';

import { StoreError } from '../store-error.ts';

type Formatted = { readonly formatted: string };

/**
 * Refuses text that is more than one statement, writes a file, or changes the session, before it runs. ClickHouse's own parser decides: it
 * prints the one statement it reads in a normal form, in which a clause starts its line and no literal spans lines.
 */
export async function checkText(client: ClickHouseClient, sql: string): Promise<void> {
  const formatted = await format(client, sql);
  if (/^INTO OUTFILE /m.test(formatted)) refuse('INTO OUTFILE writes a file; redirect the output instead');
  if (/^(SET|USE) /.test(formatted))
    refuse('SET and USE act on what comes later; use a SETTINGS clause, or full names');
}

async function format(client: ClickHouseClient, sql: string): Promise<string> {
  try {
    const result = await client.query({
      query: 'SELECT formatQuery({sql:String}) AS formatted',
      query_params: { sql },
      format: 'JSONEachRow',
    });
    const [row] = await result.json<Formatted>();
    return row?.formatted ?? '';
  } catch (error) {
    // The engine names the place in the text, and then the statement above, which nobody wrote.
    const message = String(error instanceof Error ? error.message : error).replace(
      /: In scope SELECT formatQuery.*$/s,
      '',
    );
    throw new StoreError('bad_query', `query refused: ${message.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
}

function refuse(reason: string): never {
  throw new StoreError('bad_query', `query refused: ${reason}`);
}
