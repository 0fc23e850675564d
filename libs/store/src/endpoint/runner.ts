import { readFile, rm, mkdir, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { ChdbResult, ChdbSession } from '../chdb/chdb-session.ts';
import { endpointArguments } from '../chdb/engine-settings.ts';
import { Engine } from '../chdb/engine.ts';
import type { InsertFiles } from '../chdb/insert-file.ts';
import { identifier, literal } from '../schema/sql-text.ts';
import { Refusal } from './exception.ts';
import type { Request } from './read-request.ts';
import { formatOf, intoFile, isSelect, normalForm, refuseAllButReading } from './statements.ts';
import { Turns } from './turns.ts';
import type { User } from './users.ts';

export type Answer = {
  readonly body: Readable;
  /** Bytes of the body. */
  readonly length: number;
  readonly format: string;
  readonly readRows: number;
  readonly writtenRows: number;
};

/** At once; the others wait. Inserts have turns of their own, so that they never wait for a long query. */
const READERS = 4;
const WRITERS = 4;
/** Waiting requests beyond these are refused, as ClickHouse does. */
const MAX_WAITING = 200;

/** Results up to this size are sent from memory. */
const SMALL_RESULT_BYTES = 1024 ** 2;

/** Runs requests, each in a session of its own: no setting, parameter or database of one is seen by another. */
export class Runner {
  readonly #engine: Engine;
  readonly #insertFiles: InsertFiles;
  readonly #resultFolder: string;
  readonly #reading = new Turns(READERS, MAX_WAITING);
  readonly #writing = new Turns(WRITERS, MAX_WAITING);
  #count = 0;

  private constructor(engine: Engine, insertFiles: InsertFiles, resultFolder: string) {
    this.#engine = engine;
    this.#insertFiles = insertFiles;
    this.#resultFolder = resultFolder;
  }

  static async open(path: string): Promise<Runner> {
    const engine = await Engine.open(path);
    // The engine lives as long as it has a session.
    engine.openSession(endpointArguments());
    const insertFiles = await engine.openInsertFiles(engine.path);
    const resultFolder = join(engine.path, 'tillstream-results');
    await rm(resultFolder, { recursive: true, force: true });
    await mkdir(resultFolder);
    return new Runner(engine, insertFiles, resultFolder);
  }

  run(request: Request, user: User, mayWrite: boolean): Promise<Answer> {
    const { rows } = request;
    const options = { readOnly: user.readOnly || !mayWrite };
    if (rows === undefined) {
      return this.#reading.take(() =>
        this.#engine.withSession(endpointArguments(options), async (session) =>
          this.#statement(session, request, user),
        ),
      );
    }
    if (user.readOnly) throw new Refusal(497, 'ACCESS_DENIED', `${user.name}: Not enough privileges: it may only read`);
    return this.#writing.take(() =>
      this.#insertFiles.during(request.sql, rows, (sql) =>
        this.#engine.withSession(endpointArguments(options), async (session) => {
          await prepare(session, request);
          return written(await session.run(sql, 'Null'));
        }),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#engine.close();
    await this.#insertFiles.close();
    await rm(this.#resultFolder, { recursive: true, force: true });
  }

  async #statement(session: ChdbSession, request: Request, user: User): Promise<Answer> {
    const formatted = await normalForm(session, request.sql);
    await prepare(session, request);
    if (user.readOnly) await refuseAllButReading(session, formatted, user.name);
    if (isSelect(formatted)) return this.#select(session, formatted, request.defaultFormat);
    const result = await session.run(request.sql, request.defaultFormat);
    if (/^INSERT\b/.test(formatted)) return written(result);
    return answer(result.bytes, formatOf(formatted) ?? request.defaultFormat, result);
  }

  /** Through a file: the result may be larger than memory, and it is whole before the first byte of it is sent. */
  async #select(session: ChdbSession, formatted: string, defaultFormat: string): Promise<Answer> {
    this.#count += 1;
    const file = join(this.#resultFolder, `${this.#count}.rows`);
    try {
      const result = await session.run(intoFile(formatted, file, defaultFormat), 'Null');
      const format = formatOf(formatted) ?? defaultFormat;
      const { size } = await stat(file);
      if (size <= SMALL_RESULT_BYTES) return answer(await readFile(file), format, result);
      const body = createReadStream(file, { highWaterMark: 256 * 1024 });
      await opened(body);
      return { body, length: size, format, readRows: result.rows, writtenRows: 0 };
    } finally {
      // Whoever has it open reads on.
      await rm(file, { force: true });
    }
  }
}

async function prepare(session: ChdbSession, { settings, parameters, database }: Request): Promise<void> {
  const assignments = [
    ...[...settings].map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
    ...[...parameters].map(([name, value]) => `${identifier(`param_${name}`)} = ${literal(value)}`),
  ];
  if (assignments.length > 0) await session.run(`SET ${assignments.join(', ')}`, 'Null');
  if (database !== undefined) await session.run(`USE ${identifier(database)}`, 'Null');
}

function opened(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    body.once('open', () => resolve()).once('error', reject);
  });
}

function answer(bytes: Buffer, format: string, { rows }: ChdbResult): Answer {
  return { body: Readable.from([bytes]), length: bytes.length, format, readRows: rows, writtenRows: 0 };
}

/** chDB counts the rows of an INSERT where it counts those read. */
function written({ rows }: ChdbResult): Answer {
  return { body: Readable.from([]), length: 0, format: 'TabSeparated', readRows: rows, writtenRows: rows };
}
