import { Readable } from 'node:stream';

import { ClickHouseLogLevel, createClient, type ClickHouseClient, type DataFormat } from '@clickhouse/client';

import { ONCE } from '../clickhouse/attempts.ts';
import type { ClickHouseBackend } from '../clickhouse/backend.ts';
import { ClickHouseStore } from '../clickhouse/clickhouse-store.ts';
import { toStoreError } from '../clickhouse/to-store-error.ts';
import type { Store } from '../port.ts';
import { DATABASE } from '../schema/ddl.ts';
import { readVersion } from '../schema/version.ts';
import { StoreError } from '../store-error.ts';
import { ChdbConnection } from './chdb-connection.ts';
import type { ChdbSession } from './chdb-session.ts';
import { Engine } from './engine.ts';
import { EMBEDDED_LAYOUT, readerArguments, writerArguments } from './engine-settings.ts';
import type { InsertFiles } from './insert-file.ts';

export type EmbeddedStoreOptions = {
  /** Folder of the store, made when it is missing. One process at a time, and one store per process. */
  readonly path: string;
  /** Where blocks lie while they are inserted; below `path` when not given. A folder in memory spares the disk. */
  readonly temporaryPath?: string;
  /** Opens an existing store, and refuses to change it. */
  readonly readOnly?: boolean;
};

/** ClickHouse in this process, by chDB. Refuses a folder that is in use, and one that a newer version wrote. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { path, readOnly = false } = options;
  try {
    if (readOnly && !Engine.hasBeenIn(path)) throw noStore(path);
    return await openIn(await Engine.open(path), options);
  } catch (error) {
    throw toStoreError(error, `opening the store in ${path}`);
  }
}

async function openIn(engine: Engine, options: EmbeddedStoreOptions): Promise<Store> {
  const { temporaryPath = engine.path, readOnly = false } = options;
  let insertFiles: InsertFiles | undefined;
  const close = async (): Promise<void> => {
    await engine.close();
    await insertFiles?.close();
  };
  try {
    if (!readOnly) insertFiles = await engine.openInsertFiles(temporaryPath);
    const main = engine.openSession(readOnly ? readerArguments() : writerArguments());
    const reader = readOnly ? main : engine.openSession(readerArguments());
    const store = new ClickHouseStore({
      execute: executorOf(new ChdbConnection(main, insertFiles), new ChdbConnection(reader)),
      streamRowBinary: (sql, parameters) => main.stream(sql, 'RowBinary', parameters),
      attempts: ONCE,
      layout: EMBEDDED_LAYOUT,
      close,
    });
    await prepare(store, [main, reader], options);
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

function executorOf(main: ChdbConnection, reader: ChdbConnection): ClickHouseBackend['execute'] {
  const [client, readingClient] = [clientOf(main), clientOf(reader)];
  return async ({ sql, parameters, rows, people }) => {
    const { stream, summary } = await (people === undefined ? client : readingClient).exec({
      query: sql,
      query_params: { ...parameters },
      ...(rows && { values: Readable.from([rows], { objectMode: false }) }),
      ...(people && { clickhouse_settings: { default_format: people.format as DataFormat } }),
    });
    return { stream, writtenRows: Number(summary?.written_rows) };
  };
}

/** The client's own log would tell on the console what our errors tell already. */
function clientOf(connection: ChdbConnection): ClickHouseClient {
  return createClient({ connection, log: { level: ClickHouseLogLevel.OFF } });
}

function noStore(path: string): StoreError {
  return new StoreError('no_store', `there is no store in ${path}; start the pipeline once, or name another folder`);
}
