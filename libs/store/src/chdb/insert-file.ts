import { createHash } from 'node:crypto';
import { mkdir, open, rm, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { StoreError } from '../store-error.ts';
import { literal } from '../schema/sql-text.ts';

type Body = AsyncIterable<unknown>;

/**
 * Blocks on their way into the engine. chDB takes statements as text and cuts them at blank lines, so binary rows go
 * through a file that the statement names. It lives for the length of one insert, mostly in the page cache alone.
 */
export class InsertFiles {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folder is this store's alone: what a killed process left in it is removed. */
  static async open(temporaryPath: string, storePath: string): Promise<InsertFiles> {
    if (/[*?{}]/.test(temporaryPath)) {
      throw new StoreError(
        'unknown',
        `cannot use ${temporaryPath} for temporary files: ClickHouse reads * ? { } in a file's name as a pattern; name another folder`,
      );
    }
    const name = createHash('sha256').update(storePath).digest('hex').slice(0, 16);
    const folder = join(temporaryPath, `tillstream-inserts-${name}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new InsertFiles(folder);
  }

  /** Calls `insert` with the statement that reads the body from a file. */
  async during<Result>(statement: string, body: Body, insert: (sql: string) => Promise<Result>): Promise<Result> {
    this.#count += 1;
    const file = join(this.#folder, `${this.#count}.block`);
    try {
      await write(file, body);
      return await insert(fromFile(statement, file));
    } finally {
      await unlink(file).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Chunks of the network, some 64 KB each, are gathered to this much: a write waits for a thread and the event loop. */
const WRITE_BYTES = 1024 ** 2;

async function write(file: string, body: Body): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    let chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      chunks.push(bytes);
      length += bytes.length;
      if (length < WRITE_BYTES) continue;
      await writeAll(handle, chunks, length);
      chunks = [];
      length = 0;
    }
    if (length > 0) await writeAll(handle, chunks, length);
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[], length: number): Promise<void> {
  const { bytesWritten } = await handle.writev(chunks);
  if (bytesWritten === length) return;
  // A disk that is nearly full takes a part; the next write says why.
  const bytes = Buffer.concat(chunks);
  for (let start = bytesWritten; start < bytes.length;) start += (await handle.write(bytes, start)).bytesWritten;
}

const INSERT = /^(?<target>INSERT\s+INTO\s.+?)(?<settings>\s+SETTINGS\s.+?)?(?<format>\s+FORMAT\s+\w+)\s*$/is;

/** `INSERT INTO t (…) SETTINGS … FORMAT x` with the body elsewhere; ClickHouse wants these clauses in this order. */
export function fromFile(statement: string, file: string): string {
  const parts = INSERT.exec(statement)?.groups;
  if (parts === undefined) {
    throw new StoreError('bad_query', `cannot insert by "${statement}": expected INSERT INTO … [SETTINGS …] FORMAT …`);
  }
  return `${parts['target']} FROM INFILE ${literal(file)}${parts['settings'] ?? ''}${parts['format']}`;
}
