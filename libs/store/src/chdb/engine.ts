import { mkdir, realpath } from 'node:fs/promises';

import { drainPending } from 'chdb';

import { StoreError } from '../store-error.ts';
import { ChdbSession } from './chdb-session.ts';
import { FolderLock } from './folder-lock.ts';
import { InsertFiles } from './insert-file.ts';
import { leaveAtOnce } from './leave-at-once.ts';

/** chDB binds one folder per process. */
let boundFolder: string | undefined;

/** The engine of this process, bound to a folder that no other process has. */
export class Engine {
  /** The folder, without symbolic links. */
  readonly path: string;
  readonly #lock: FolderLock;
  readonly #sessions = new Set<ChdbSession>();
  readonly #stay = leaveAtOnce();

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /** Makes the folder when it is missing, and refuses one that is in use. */
  static async open(path: string): Promise<Engine> {
    await mkdir(path, { recursive: true });
    const folder = await realpath(path);
    if (boundFolder !== undefined && boundFolder !== folder) {
      throw new StoreError('busy', `this process has the store in ${boundFolder} open; close it before ${folder}`);
    }
    const lock = FolderLock.take(folder);
    boundFolder = folder;
    return new Engine(folder, lock);
  }

  /** Whether there has ever been a store in the folder. */
  static hasBeenIn(path: string): boolean {
    return FolderLock.hasBeenTaken(path);
  }

  openSession(sessionArguments: readonly string[]): ChdbSession {
    const session = new ChdbSession({ path: this.path, arguments: sessionArguments });
    this.#sessions.add(session);
    return session;
  }

  /** A session for the length of `work`: nothing that it sets stays. It costs less than a millisecond. */
  async withSession<Result>(
    sessionArguments: readonly string[],
    work: (session: ChdbSession) => Promise<Result>,
  ): Promise<Result> {
    const session = this.openSession(sessionArguments);
    try {
      return await work(session);
    } finally {
      this.closeSession(session);
    }
  }

  closeSession(session: ChdbSession): void {
    this.#sessions.delete(session);
    session.close();
  }

  openInsertFiles(temporaryPath: string): Promise<InsertFiles> {
    return InsertFiles.open(temporaryPath, this.path);
  }

  /** Lets running statements finish, then lets go of the folder. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    await drainPending();
    boundFolder = undefined;
    this.#lock.release();
    this.#stay();
  }
}
