import type { ChdbResult, ChdbSession } from '../chdb/chdb-session.ts';
import { endpointArguments } from '../chdb/engine-settings.ts';
import { Engine } from '../chdb/engine.ts';
import type { InsertFiles } from '../chdb/insert-file.ts';
import { identifier, literal } from '../schema/sql-text.ts';
import { Refusal } from './exception.ts';
import { begin, type Beginning, KeptSessions } from './kept-sessions.ts';
import type { Request } from './read-request.ts';
import { formatOf, NormalForms, refuseAllButReading } from './statements.ts';
import { Turns } from './turns.ts';
import type { User } from './users.ts';

export type Answer = {
  /** Whole, so that an error is told before the first byte: what does not fit into memory is refused. */
  readonly body: Buffer;
  readonly format: string;
  readonly readRows: number;
  readonly writtenRows: number;
};

/** At once; the others wait. Inserts have turns of their own, so that they never wait for a long query. */
const READERS = 4;
const WRITERS = 4;
/** Waiting requests beyond these are refused, as ClickHouse does. */
const MAX_WAITING = 200;

/** Who asks, and how. */
export type Asking = {
  readonly user: User;
  readonly mayWrite: boolean;
  /** Whether the client has hung up: it will ask again, and what waits for its turn is not done. */
  readonly isGone: () => boolean;
};

/** Runs requests, so that no setting, parameter or database of one is seen by another. */
export class Runner {
  readonly #engine: Engine;
  readonly #insertFiles: InsertFiles;
  /** An insert of rows leaves nothing behind in its session; any other statement gets one of its own. */
  readonly #insertSessions: KeptSessions;
  readonly #normalForms = new NormalForms();
  readonly #reading = new Turns(READERS, MAX_WAITING);
  readonly #writing = new Turns(WRITERS, MAX_WAITING);

  private constructor(engine: Engine, insertFiles: InsertFiles) {
    this.#engine = engine;
    this.#insertFiles = insertFiles;
    this.#insertSessions = new KeptSessions(engine);
  }

  static async open(path: string): Promise<Runner> {
    const engine = await Engine.open(path);
    // The engine lives as long as it has a session.
    engine.openSession(endpointArguments());
    return new Runner(engine, await engine.openInsertFiles(engine.path));
  }

  run(request: Request, { user, mayWrite, isGone }: Asking): Promise<Answer> {
    const { rows } = request;
    const beginning = beginningOf(request, { readOnly: user.readOnly || !mayWrite });
    if (rows === undefined) {
      return this.#reading.take(isGone, () =>
        this.#engine.withSession(beginning.sessionArguments, async (session) =>
          this.#statement(session, beginning, { request, user }),
        ),
      );
    }
    if (user.readOnly) throw new Refusal(497, 'ACCESS_DENIED', `${user.name}: Not enough privileges: it may only read`);
    // The rows come first: a client that stops sending must not hold a turn.
    return this.#insertFiles.during(request.sql, rows, (sql) =>
      this.#writing.take(isGone, () =>
        this.#insertSessions.with(beginning, async (session) => written(await session.write(sql, 'Null'))),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#engine.close();
    await this.#insertFiles.close();
  }

  async #statement(
    session: ChdbSession,
    beginning: Beginning,
    { request, user }: { readonly request: Request; readonly user: User },
  ): Promise<Answer> {
    const formatted = await this.#normalForms.of(session, request.sql);
    await begin(session, beginning);
    if (user.readOnly) await refuseAllButReading(session, formatted, user.name);
    if (/^INSERT\b/.test(formatted)) return written(await session.write(request.sql, 'Null'));
    const { bytes, rows } = await session.run(request.sql, request.defaultFormat);
    return { body: bytes, format: formatOf(formatted) ?? request.defaultFormat, readRows: rows, writtenRows: 0 };
  }
}

function beginningOf({ settings, parameters, database }: Request, options: { readonly readOnly: boolean }): Beginning {
  const assignments = [
    ...[...settings].map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
    ...[...parameters].map(([name, value]) => `${identifier(`param_${name}`)} = ${literal(value)}`),
  ];
  return {
    sessionArguments: endpointArguments(options),
    statements: [
      ...(assignments.length === 0 ? [] : [`SET ${assignments.join(', ')}`]),
      ...(database === undefined ? [] : [`USE ${identifier(database)}`]),
    ],
  };
}

/** chDB counts the rows of an INSERT where it counts those read. */
function written({ rows }: ChdbResult): Answer {
  return { body: Buffer.alloc(0), format: 'TabSeparated', readRows: rows, writtenRows: rows };
}
