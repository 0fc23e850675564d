import { ClickHouseStore } from '../clickhouse/clickhouse-store.ts';
import type { QueryParameters, Store } from '../port.ts';
import type { Layout } from '../schema/layout.ts';
import { readVersion } from '../schema/version.ts';
import { StoreError } from '../store-error.ts';
import { HttpExecutor } from './http-executor.ts';
import { Patience, type StoreWait } from './patience.ts';
import { wholeRows } from './whole-rows.ts';

export type ClickHouseStoreOptions = {
  /** `http://host:8123` or `https://host:8443`. Without user and password: messages show it. */
  readonly url: string;
  /** `default` when not given. */
  readonly username?: string;
  readonly password?: string;
  /** Who runs what people write; the same user in read-only mode when not given. Should have no grant but SELECT. */
  readonly reader?: { readonly username: string; readonly password: string };
  /** PEM. With `cert` and `key` the certificate says who the user is, and there is no password. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Replicated tables on all servers of a cluster, which is one shard. */
  readonly cluster?: {
    readonly name: string;
    /**
     * Replicas that have an insert before it is acknowledged. All of them, so that a worker may read from any; fewer only
     * where every worker talks to the same replica.
     */
    readonly insertQuorum: number;
  };
  /** Silence of the server, in milliseconds, after which a request is repeated; 60,000 when not given. */
  readonly requestTimeoutMs?: number;
  /** Told when the store begins and ends to wait for ClickHouse. */
  readonly onWait?: (wait: StoreWait) => void;
  /** Ends opening, and later all waiting. */
  readonly signal?: AbortSignal;
};

/**
 * ClickHouse over HTTP. What cannot be done now is done later: inserts, queries and opening wait for a server that is away,
 * full or overloaded, and `onWait` says so. Throws at once where waiting does not help: wrong user, certificate, statement.
 */
export async function openClickHouseStore(options: ClickHouseStoreOptions): Promise<Store> {
  if (options.tls?.cert !== undefined && options.password !== undefined) {
    throw new StoreError('access_denied', 'a client certificate and a password exclude each other; give one of them');
  }
  if (options.tls !== undefined && !options.url.startsWith('https:')) {
    throw new StoreError('access_denied', 'certificates were given, and http:// uses none: take the https:// address');
  }
  const executor = new HttpExecutor(options);
  const patience = new Patience(options);
  const store = new ClickHouseStore({
    attempts: {
      run: (work) => patience.run(work),
      end: () => {
        patience.end();
        executor.endSoon();
      },
    },
    layout: layoutOf(options),
    execute: (statement) => executor.execute(statement),
    streamRowBinary: (sql, parameters) => streamOf(executor, patience, { sql, parameters }),
    close: () => executor.close(),
  });
  try {
    await readVersion(store);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Servers do not remember blocks: one that comes again is stored again, and rows have identities. A server that remembers
 * notes a block before it has the part. Killed in between, it acknowledges the repeated insert and stores nothing: see
 * docs/decisions/0013. At the table, because since ClickHouse 26.2 an insert's own setting is overridden.
 */
function layoutOf({ cluster }: ClickHouseStoreOptions): Layout {
  return cluster === undefined
    ? { settings: () => ({ non_replicated_deduplication_window: 0 }) }
    : { cluster: cluster.name, settings: () => ({ replicated_deduplication_window: 0 }) };
}

/** Repeated until the first rows have come; later ones cannot be told from those that were handed out. */
async function* streamOf(
  executor: HttpExecutor,
  patience: Patience,
  statement: { readonly sql: string; readonly parameters: QueryParameters },
): AsyncGenerator<Buffer> {
  const { sql, parameters } = statement;
  const { first, rest } = await patience.run({
    doing: 'query',
    kind: 'query',
    attempt: async () => {
      const { stream } = await executor.execute({ sql: `${sql}\nFORMAT RowBinaryWithNamesAndTypes`, parameters });
      const rows = wholeRows(stream as AsyncIterable<Buffer>);
      return { first: await rows.next(), rest: rows };
    },
  });
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
