import { mkdir, realpath } from 'node:fs/promises';

import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { drainPending } from 'chdb';

import { ClickHouseStore } from '../clickhouse/clickhouse-store.ts';
import { toStoreError } from '../clickhouse/to-store-error.ts';
import type { Store } from '../port.ts';
import { DATABASE } from '../schema/ddl.ts';
import { readVersion } from '../schema/version.ts';
import { StoreError } from '../store-error.ts';
import { ChdbConnection } from './chdb-connection.ts';
import { ChdbSession } from './chdb-session.ts';
import { EMBEDDED_TABLE_SETTINGS, readerArguments, writerArguments } from './engine-settings.ts';
import { FolderLock } from './folder-lock.ts';
import { InsertFiles } from './insert-file.ts';
import { leaveAtOnce } from './leave-at-once.ts';

export type EmbeddedStoreOptions = {
  /** Folder of the store, made when it is missing. One process at a time, and one store per process. */
  readonly path: string;
  /** Where blocks lie while they are inserted; below `path` when not given. A folder in memory spares the disk. */
  readonly temporaryPath?: string;
  /** Opens an existing store, and refuses to change it. */
  readonly readOnly?: boolean;
};

/** chDB binds one folder per process. */
let boundFolder: string | undefined;

/** ClickHouse in this process, by chDB. Refuses a folder that is in use, and one that a newer version wrote. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { path, readOnly = false } = options;
  try {
    if (readOnly && !FolderLock.hasBeenTaken(path)) throw noStore(path);
    await mkdir(path, { recursive: true });
    const folder = await realpath(path);
    if (boundFolder !== undefined && boundFolder !== folder) {
      throw new StoreError('busy', `this process has the store in ${boundFolder} open; close it before ${folder}`);
    }
    const lock = FolderLock.take(folder);
    boundFolder = folder;
    return await open({ ...options, path: folder }, lock);
  } catch (error) {
    throw toStoreError(error, `opening the store in ${path}`);
  }
}

async function open(options: EmbeddedStoreOptions, lock: FolderLock): Promise<Store> {
  const { path, temporaryPath = path, readOnly = false } = options;
  const sessions: ChdbSession[] = [];
  const openSession = (sessionArguments: readonly string[]): ChdbSession => {
    const session = new ChdbSession({ path, arguments: sessionArguments });
    sessions.push(session);
    return session;
  };
  let insertFiles: InsertFiles | undefined;
  const stay = leaveAtOnce();
  const close = async (): Promise<void> => {
    for (const session of sessions) session.close();
    await drainPending();
    await insertFiles?.close();
    boundFolder = undefined;
    lock.release();
    stay();
  };
  try {
    if (!readOnly) insertFiles = await InsertFiles.open(temporaryPath, path);
    const main = openSession(readOnly ? readerArguments() : writerArguments());
    const reader = readOnly ? main : openSession(readerArguments());
    const store = new ClickHouseStore({
      client: clientOf(new ChdbConnection(main, insertFiles)),
      readingClient: clientOf(new ChdbConnection(reader)),
      streamRowBinary: (sql, parameters) => main.stream(sql, 'RowBinary', parameters),
      tableSettings: EMBEDDED_TABLE_SETTINGS,
      close,
    });
    await prepare(store, sessions, options);
    return store;
  } catch (error) {
    await close();
    throw error;
  }
}

/** After this, names without a database mean the pipeline's. */
async function prepare(store: Store, sessions: readonly ChdbSession[], options: EmbeddedStoreOptions): Promise<void> {
  if (options.readOnly !== true) await store.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  const version = await readVersion(store);
  if (version === 0 && options.readOnly === true) throw noStore(options.path);
  for (const session of sessions) await session.run(`USE ${DATABASE}`, 'CSV');
}

/** The client's own log would tell on the console what our errors tell already. */
function clientOf(connection: ChdbConnection): ClickHouseClient {
  return createClient({ connection, log: { level: ClickHouseLogLevel.OFF } });
}

function noStore(path: string): StoreError {
  return new StoreError('no_store', `there is no store in ${path}; start the pipeline once, or name another folder`);
}
