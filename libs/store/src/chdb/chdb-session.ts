import { Session } from 'chdb';

import type { QueryParameters } from '../port.ts';
import { StoreError } from '../store-error.ts';
import { exclusively } from './exclusive.ts';
import { refuseAfterFailedWrites } from './failed-writes.ts';

export type SessionOptions = {
  readonly path: string;
  /** Arguments of the engine, in the form of clickhouse-local's command line. */
  readonly arguments: readonly string[];
};

export type ChdbResult = {
  readonly bytes: Buffer;
  /** Rows that a SELECT read, or that an INSERT wrote. */
  readonly rows: number;
};

/**
 * One connection to the engine of this process: its own current database and settings, the same data as any other.
 * Statements run on threads of libuv's pool, so several run at once, at most as many as the pool has.
 */
export class ChdbSession {
  readonly #options: SessionOptions;
  readonly #session: Session;
  readonly #streams = new Set<Session>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#session = new Session(options.path, { connectionArgs: options.arguments });
  }

  async run(sql: string, format: string, parameters: QueryParameters = {}): Promise<ChdbResult> {
    const hasParameters = Object.keys(parameters).length > 0;
    const result = hasParameters
      ? await exclusively(() => this.#session.queryBindAsync(sql, checked(parameters), { format }))
      : await this.#session.queryAsync(sql, { format });
    return { bytes: asBuffer(result.bytes()), rows: result.rowsRead };
  }

  /** Runs a statement that writes. What it wrote is in its files when it resolves. */
  async write(sql: string, format: string, parameters: QueryParameters = {}): Promise<ChdbResult> {
    const result = await this.run(sql, format, parameters);
    await refuseAfterFailedWrites((text, as) => this.run(text, as));
    return result;
  }

  /**
   * The result as the engine computes it, a block of at most 65,409 rows at a time, each encoded whole. A session has one
   * stream at a time, so each gets a session, which costs less than a millisecond.
   */
  async *stream(sql: string, format: string, parameters: QueryParameters): AsyncGenerator<Buffer> {
    const session = new Session(this.#options.path, { connectionArgs: this.#options.arguments });
    this.#streams.add(session);
    try {
      const stream = await exclusively(async () => session.queryStreamBind(sql, checked(parameters), { format }));
      for await (const chunk of stream) yield asBuffer(chunk.raw());
      // A stream that is cut off ends like one that is read to its end.
      if (!session.open) throw new StoreError('closed', 'query cut off: the store was closed while its rows were read');
    } finally {
      this.#streams.delete(session);
      session.close();
    }
  }

  /** Running statements are finished first; `drainPending` of chdb tells when. */
  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#session.close();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A Date would lose its milliseconds on the way, without a word. */
function checked(parameters: QueryParameters): Record<string, unknown> {
  for (const [name, value] of Object.entries(parameters)) {
    if (!(value instanceof Date)) continue;
    throw new StoreError('bad_query', `parameter ${name} is a Date; give epoch milliseconds or text`);
  }
  return { ...parameters };
}
