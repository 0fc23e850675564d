import type { ChdbSession } from '../chdb/chdb-session.ts';
import type { Engine } from '../chdb/engine.ts';

/** How a session begins: arguments of the engine, then statements. */
export type Beginning = { readonly sessionArguments: readonly string[]; readonly statements: readonly string[] };

/** Sessions that wait for work, at most. */
const MAX_IDLE = 8;

type Idle = { readonly beginning: string; readonly session: ChdbSession };

/**
 * Sessions for work that leaves nothing behind in them. One is used again where the next begins in the same way: opening
 * and preparing it takes as long as a fifth of a small insert.
 */
export class KeptSessions {
  readonly #engine: Engine;
  #idle: readonly Idle[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A session whose work fails is not used again. */
  async with<Result>(beginning: Beginning, work: (session: ChdbSession) => Promise<Result>): Promise<Result> {
    const name = JSON.stringify(beginning);
    const kept = this.#take(name);
    const session = kept ?? this.#engine.openSession(beginning.sessionArguments);
    try {
      if (kept === undefined) await begin(session, beginning);
      const result = await work(session);
      this.#keep({ beginning: name, session });
      return result;
    } catch (error) {
      this.#engine.closeSession(session);
      throw error;
    }
  }

  #take(beginning: string): ChdbSession | undefined {
    const found = this.#idle.find((one) => one.beginning === beginning);
    this.#idle = this.#idle.filter((one) => one !== found);
    return found?.session;
  }

  #keep(one: Idle): void {
    const idle = [one, ...this.#idle];
    this.#idle = idle.slice(0, MAX_IDLE);
    for (const { session } of idle.slice(MAX_IDLE)) this.#engine.closeSession(session);
  }
}

export async function begin(session: ChdbSession, { statements }: Beginning): Promise<void> {
  for (const statement of statements) await session.run(statement, 'Null');
}
