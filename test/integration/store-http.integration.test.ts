import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { INVENTORY_CURRENT, LOADED_FILE } from '@tillstream/inventory';
import {
  audit,
  encodeRows,
  explainDifferences,
  openClickHouseStore,
  type ClickHouseStoreOptions,
  type Store,
  type StoreWait,
  type TableBlock,
} from '@tillstream/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { Dice } from '../support/dice.ts';
import { startEndpointProcess, type EndpointProcess } from '../support/endpoint-process.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';

let folder: string;
let endpoint: EndpointProcess;
let proxy: FaultProxy;
let direct: Store;
let waits: StoreWait[];
let stores: Store[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillstream-http-'));
  endpoint = await startEndpointProcess(folder);
  proxy = await startFaultProxy(endpoint.port);
  direct = await openClickHouseStore({ url: endpoint.url });
  await direct.migrate();
});

afterAll(async () => {
  await direct.close();
  await proxy[Symbol.asyncDispose]();
  await endpoint.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  waits = [];
  stores = [];
  await proxy.set({ kind: 'none' });
  for (const table of ['loaded_file', 'inventory_current']) await direct.command(`TRUNCATE TABLE pos.${table}_rows`);
});

afterEach(async () => {
  for (const store of stores) await store.close();
});

/** Through the proxy. */
async function open(options: Partial<ClickHouseStoreOptions> = {}): Promise<Store> {
  const onWait = (wait: StoreWait) => waits.push(wait);
  const store = await openClickHouseStore({ url: `http://127.0.0.1:${proxy.port}`, onWait, ...options });
  stores.push(store);
  return store;
}

/** Rows that never change. */
const files = (name: string, rows: number): TableBlock =>
  encodeRows(
    LOADED_FILE,
    Array.from({ length: rows }, (_, row) => ({
      path: `${name}/${row}`,
      content_hash: '',
      version: 1,
      rows_loaded: 0,
      rows_quarantined: 0,
      loaded_at: 0,
    })),
  );

/** Rows with versions. */
const stock = (rows: number, storeId = 1): TableBlock =>
  encodeRows(
    INVENTORY_CURRENT,
    Array.from({ length: rows }, (_, item) => ({
      store_id: storeId,
      item_id: item,
      snapshot_quantity: 1,
      change_quantity: 2,
      current_inventory: 3,
      date_time: 0,
      version: 1,
    })),
  );

async function count(name: string): Promise<number> {
  const [row] = await direct.query<{ rows: string }>(`SELECT count() AS rows FROM pos.${name}`);
  return Number(row?.rows);
}

describe('an answer that does not arrive', () => {
  it.each(['cut', 'reset'] as const)('%s: the insert is repeated, and each row is there once', async (kind) => {
    const store = await open();
    await proxy.set({ kind, afterBytes: 0, times: 1 });
    await store.insert(files('a', 500));
    await proxy.set({ kind, afterBytes: 0, times: 1 });
    await store.insert(stock(500));
    expect([await count('loaded_file'), await count('inventory_current')]).toEqual([500, 500]);
    expect(waits.map(({ code, over }) => `${code} ${over}`)).toEqual([
      'unreachable false',
      'unreachable true',
      'unreachable false',
      'unreachable true',
    ]);
    expect(waits[0]?.reason).toMatch(/^insert of 500 rows into loaded_file failed: [^\n]+$/);
  });

  it('comes from a server that was killed amid the insert: the repeated one is stored, also in tables of before', async () => {
    const remembered = 'ALTER TABLE pos.loaded_file_rows MODIFY SETTING non_replicated_deduplication_window = 1000';
    await direct.command(remembered);
    await direct.insert(files('a', 10));
    // What a kill at the wrong moment leaves behind: the server has noted the block, and has none of its rows.
    await direct.command('DELETE FROM pos.loaded_file_rows WHERE 1');
    const store = await open();
    await store.migrate();
    await store.insert(files('a', 10));
    expect(await count('loaded_file')).toBe(10);
  });

  it('cuts a query in the middle: it is asked again, and whole', async () => {
    await direct.insert(stock(20_000));
    const store = await open();
    await proxy.set({ kind: 'cut', afterBytes: 200_000, times: 1 });
    const rows = await store.query<{ item_id: number }>('SELECT item_id, * FROM pos.inventory_current');
    expect(new Set(rows.map(({ item_id: item }) => item)).size).toBe(20_000);
    expect(proxy.hits).toBe(1);
  });

  it('cuts a stream in the middle: it never looks whole', async () => {
    const store = await open();
    const read = async (): Promise<number> => {
      let length = 0;
      for await (const rows of store.streamRowBinary('SELECT number FROM numbers(1000000)')) length += rows.length;
      return length;
    };
    await proxy.set({ kind: 'cut', afterBytes: 4_000_000, times: 1 });
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' });
    await proxy.set({ kind: 'cut', afterBytes: 0, times: 1 });
    expect(await read()).toBe(8_000_000);
  });

  it('never comes on half-open connections: they are given up, and others used', async () => {
    const store = await open({ requestTimeoutMs: 300 });
    await proxy.set({ kind: 'hang', times: 2 });
    await store.insert(files('h', 5));
    expect(await count('loaded_file')).toBe(5);
    expect(waits[0]).toMatchObject({ code: 'unreachable', reason: expect.stringContaining('Timeout') });
  });

  it('comes late: nothing is repeated', async () => {
    const store = await open({ requestTimeoutMs: 5000 });
    await proxy.set({ kind: 'delay', milliseconds: 400 });
    await Promise.all([store.insert(files('l', 5)), store.query('SELECT 1')]);
    expect(waits).toEqual([]);
  });
});

describe('a server that is away', () => {
  it('is waited for: by opening, inserts and queries, but not by people', async () => {
    await proxy.set({ kind: 'refuse' });
    const opening = open();
    await expect.poll(() => waits.length).toBe(1);
    await proxy.set({ kind: 'none' });
    const store = await opening;

    await proxy.set({ kind: 'refuse' });
    const inserting = store.insert(files('w', 3));
    const counting = store.query('SELECT 1 AS one');
    await expect.poll(() => waits.length).toBe(3);
    await expect(store.queryText('SELECT 1', 'TSV')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^query failed: connect ECONNREFUSED 127\.0\.0\.1:\d+$/),
    });
    await proxy.set({ kind: 'none' });
    await inserting;
    expect(await counting).toEqual([{ one: 1 }]);
    expect(await count('loaded_file')).toBe(3);
    // One wait, however many waited; it is over when all are through.
    await expect.poll(() => waits.length).toBe(4);
    expect(waits.map(({ over }) => over)).toEqual([false, true, false, true]);
    expect(waits[3]?.since).toBe(waits[2]?.since);
  });

  it('costs no memory, however long it lasts', async () => {
    const store = await open();
    await proxy.set({ kind: 'refuse' });
    const blocks = Array.from({ length: 8 }, (_, index) => files(`${index}`, 20_000));
    const inserting = blocks.map((block) => store.insert(block));
    await expect.poll(() => waits.length).toBe(1);
    const used = (): number => {
      const { heapUsed, arrayBuffers, external } = process.memoryUsage();
      return heapUsed + arrayBuffers + external;
    };
    const before = used();
    let most = 0;
    for (const end = Date.now() + 4000; Date.now() < end; await sleep(50)) most = Math.max(most, used());
    expect(most - before).toBeLessThan(16 * 1024 ** 2);
    await proxy.set({ kind: 'none' });
    await Promise.all(inserting);
    expect(await count('loaded_file')).toBe(160_000);
  });

  it('is no longer waited for when the store is closed, or opening given up', async () => {
    const store = await open();
    await proxy.set({ kind: 'refuse' });
    const inserting = Promise.allSettled([store.insert(files('x', 1))]);
    await expect.poll(() => waits.length).toBe(1);
    await store.close();
    expect((await inserting)[0]).toMatchObject({
      reason: {
        code: 'closed',
        message: expect.stringMatching(/^gave up waiting: insert of 1 rows into loaded_file failed: [^\n]+$/),
      },
    });
    await expect(open({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: 'closed' });
  });

  it('is no longer waited for at whatever moment opening is given up, also amid a request', async () => {
    await proxy.set({ kind: 'refuse' });
    for (let attempt = 0; attempt < 200; attempt++) {
      const giving = new AbortController();
      const opening = open({ signal: giving.signal }).catch((error: unknown) => error);
      for (const end = performance.now() + (attempt % 20) / 5; performance.now() < end;) await nextTurn();
      giving.abort();
      expect(await opening, `after ${(attempt % 20) / 5} ms`).toMatchObject({ code: 'closed' });
    }
  });

  it('does not keep a store from closing', async () => {
    const store = await open();
    await proxy.set({ kind: 'hang' });
    const inserting = Promise.allSettled([store.insert(files('y', 1))]);
    await expect.poll(() => proxy.hits).toBe(1);
    const start = performance.now();
    await store.close();
    expect(performance.now() - start).toBeLessThan(15_000);
    expect((await inserting)[0]).toMatchObject({ reason: { code: 'closed' } });
  });

  it('loses nothing when it is killed and comes back, again and again', async () => {
    const store = await open();
    const blocks = Array.from({ length: 120 }, (_, index) => files(`k${index}`, 100));
    let next = 0;
    const work = async (): Promise<void> => {
      for (let block = blocks[next++]; block !== undefined; block = blocks[next++]) await store.insert(block);
    };
    const working = Promise.all(Array.from({ length: 4 }, work));
    for (const at of [20, 60, 90]) {
      await expect.poll(() => next, { timeout: 60_000 }).toBeGreaterThan(at);
      await endpoint.end('SIGKILL');
      endpoint = await startEndpointProcess(folder, { port: endpoint.port });
    }
    await working;
    expect(await count('loaded_file')).toBe(12_000);
    expect(waits.filter(({ over }) => over).length).toBeGreaterThanOrEqual(1);
  });
});

describe('faults of all kinds', () => {
  const SEED = 20_261_122;
  const ROUNDS = 6;
  const FAULTS_PER_ROUND = 5;

  it('lose nothing and double nothing', async () => {
    const store = await open({ requestTimeoutMs: 500 });
    const random = new Dice(SEED);
    let isOver = false;
    let blocks = 0;
    const work = async (): Promise<void> => {
      while (!isOver) {
        const block = blocks++;
        await Promise.all([store.insert(files(`${block}`, 50)), store.insert(stock(50, block))]);
        expect(await store.query('SELECT {block:UInt32} AS block', { block })).toEqual([{ block }]);
      }
    };
    const working = Promise.all(Array.from({ length: 12 }, work));
    for (let round = 0; round < ROUNDS; round++) {
      for (let fault = 0; fault < FAULTS_PER_ROUND; fault++) {
        await proxy.set(randomFault(random));
        await sleep(random.below(200));
      }
      // On a busy machine nothing may have come through, and the next faults would meet the same requests again.
      const before = blocks;
      await proxy.set({ kind: 'none' });
      await vi.waitUntil(() => blocks > before, { timeout: 60_000 });
    }
    isOver = true;
    await working;
    const counts = await Promise.all(['loaded_file', 'inventory_current'].map(count));
    expect(counts, `seed ${SEED}`).toEqual([blocks * 50, blocks * 50]);
  });

  function randomFault(random: Dice): Parameters<FaultProxy['set']>[0] {
    return random.pick([
      { kind: 'cut', afterBytes: random.below(500), times: 2 },
      { kind: 'reset', afterBytes: random.below(500), times: 2 },
      { kind: 'hang', times: 1 },
      { kind: 'delay', milliseconds: random.below(100) },
      { kind: 'refuse' },
      { kind: 'none' },
    ]);
  }
});

describe('the auditor', () => {
  it('finds over HTTP what is wrong', async () => {
    const store = await open();
    expect(await audit(store)).toEqual({ rows: 0, differences: 0 });
    await store.insert(stock(2));
    expect(await audit(store)).toEqual({ rows: 2, differences: 2 });
    expect(await explainDifferences(store, 1)).toHaveLength(1);
    expect(await store.queryText('SELECT sum(current_inventory) FROM inventory_current', 'TSV')).toBe('6\n');
  });
});
