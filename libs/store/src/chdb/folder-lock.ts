import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { StoreError } from '../store-error.ts';

const LOCK_FILE = 'store.lock';
const ADVICE = 'stop that process, or use another folder';

/**
 * Holds a folder for this process. The lock is SQLite's on a file of its own: the kernel releases it with the process,
 * however that ends. The process id beside it is only for the message, so an old one does no harm.
 */
export class FolderLock {
  readonly #database: DatabaseSync;
  readonly #holderFile: string;

  private constructor(database: DatabaseSync, holderFile: string) {
    this.#database = database;
    this.#holderFile = holderFile;
  }

  /** Whether there has ever been a store in the folder. */
  static hasBeenTaken(folder: string): boolean {
    return existsSync(join(folder, LOCK_FILE));
  }

  static take(folder: string): FolderLock {
    const holderFile = join(folder, `${LOCK_FILE}.pid`);
    const database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw new StoreError('busy', `the store in ${folder} is in use by process ${holder(holderFile)}; ${ADVICE}`, {
        cause: error,
      });
    }
    writeFileSync(holderFile, `${process.pid}\n`);
    return new FolderLock(database, holderFile);
  }

  release(): void {
    rmSync(this.#holderFile, { force: true });
    this.#database.close();
  }
}

function holder(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '(unknown)';
  }
}
