import { EmbeddedPipeline, isDrained, prepareDataFolder, readSettings, type DataFolder } from '@tillstream/demo';
import { openEmbeddedLog, partitionOf, RecordBatchBuilder, type TopicPartition } from '@tillstream/log';
import { Roster, sendCommand } from '@tillstream/runtime';
import { SILVER_SERVICE } from '@tillstream/silver-normalizer';
import { audit } from '@tillstream/store';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHANGES = 'pos.inventory-change';
const AT_NOON = '2011-03-01T12:00:00.000Z';

let root: string;
let folder: DataFolder;
let pipeline: EmbeddedPipeline;
let failed: Promise<never>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tillstream-integration-'));
  folder = prepareDataFolder(join(root, 'data'), 'integration test');
  writeStores(['0,online', '1,store_001']);
  writeFileSync(join(folder.reference, 'item.txt'), 'item_id,name,supplier_id,safety_stock_quantity\n10,globe,1,5\n');
  writeFileSync(join(folder.reference, 'inventory_change_type.txt'), 'change_type_id,change_type\n1,sale\n4,bopis\n');
  pipeline = await EmbeddedPipeline.open(folder, readSettings({}));
  ({ failed } = pipeline.start());
});

afterAll(async () => {
  await pipeline.stop();
  rmSync(root, { recursive: true, force: true });
});

function writeStores(rows: readonly string[]): void {
  writeFileSync(join(folder.reference, 'store.txt'), `store_id,name\n${rows.join('\n')}\n`);
}

function putCounts(name: string, rows: readonly string[]): void {
  writeFileSync(join(folder.inbox, name), `item_id,employee_id,store_id,date_time,quantity\n${rows.join('\n')}\n`);
}

type Sale = { readonly transId: string; readonly storeId: number; readonly quantity: number; readonly itemId?: number };

async function send(...sales: readonly Sale[]): Promise<void> {
  for (const { transId, storeId, quantity, itemId = 10 } of sales) {
    const key = Buffer.from(transId);
    const batch = new RecordBatchBuilder(CHANGES, partitionOf(key, 4));
    const items = [{ item_id: itemId, quantity }];
    const message = { trans_id: transId, store_id: storeId, date_time: AT_NOON, change_type_id: 1, items };
    batch.append({ key, value: Buffer.from(JSON.stringify(message)), timestamp: Date.now() });
    await pipeline.log.produce([batch.build()]);
  }
}

async function settled(): Promise<void> {
  const untilDrained = async (): Promise<void> => {
    while (!((await pipeline.isInboxEmpty()) && (await isDrained(pipeline.log)))) await sleep(20);
  };
  await Promise.race([untilDrained(), failed]);
}

async function stockOf(storeId: number): Promise<readonly (readonly [itemId: number, quantity: number])[]> {
  const sql = `SELECT item_id, current_inventory FROM pos.inventory_current WHERE store_id = {storeId:Int32} ORDER BY item_id`;
  const rows = await pipeline.store.query<{ item_id: number; current_inventory: string }>(sql, { storeId });
  return rows.map((row) => [row.item_id, Number(row.current_inventory)] as const);
}

test('a count and the sales since make the stock', async () => {
  putCounts('first.csv', ['10,7,1,2011-03-01 06:00:00,20']);
  await send({ transId: 'a', storeId: 1, quantity: -3 }, { transId: 'b', storeId: 1, quantity: -1 });
  await settled();
  expect(await stockOf(1)).toEqual([[10, 16]]);
  expect(await audit(pipeline.store)).toEqual({ rows: 1, differences: 0 });
});

test('sales of an unknown store wait in quarantine, and count once the reference data has it', async () => {
  putCounts('second.csv', ['10,7,2,2011-03-01 06:00:00,50']);
  await send({ transId: 'c', storeId: 2, quantity: -5 }, { transId: 'd', storeId: 1, quantity: -1 });
  await settled();
  expect(await stockOf(2)).toEqual([]);
  const waiting = await pipeline.store.query('SELECT rules FROM pos.quarantine WHERE isNull(replayed_at)');
  expect(waiting).toEqual([{ rules: ['unknown_store'] }, { rules: ['unknown_store'] }]);

  writeStores(['0,online', '1,store_001', '2,store_002']);
  expect(await pipeline.reloadReference()).toBe(2);
  await settled();
  expect(await stockOf(2)).toEqual([[10, 45]]);
  expect(await pipeline.store.query('SELECT 1 FROM pos.quarantine WHERE isNull(replayed_at)')).toEqual([]);
  expect(await audit(pipeline.store)).toEqual({ rows: 2, differences: 0 });

  // Nothing waits any more, so nothing is sent again; and files that say what is stored are not stored again.
  const loads = 'SELECT uniqExact(generation) AS loads FROM pos.store_rows';
  const before = await pipeline.store.query(loads);
  expect(await pipeline.reloadReference()).toBe(0);
  expect(await pipeline.store.query(loads)).toEqual(before);
});

test('its workers are seen, and stand still and go on when they are told to', async () => {
  const roster = new Roster({ signal: pipeline.signal, pipeline: 'demo', now: Date.now });
  const silver = { pipeline: 'demo', service: 'silver-normalizer', instance: 'embedded' };
  const tell = async (command: string): Promise<unknown> =>
    sendCommand(pipeline.signal, silver, { command, timeoutMs: 5000 });
  expect(await tell('pause')).toMatchObject({ ok: true, result: { state: 'paused' } });
  await send({ transId: 'paused', storeId: 1, quantity: -1 });
  expect(await isDrained(pipeline.log)).toBe(false);
  expect(await tell('resume')).toMatchObject({ ok: true, result: { state: 'running' } });
  await settled();
  expect(await stockOf(1)).toEqual([[10, 14]]);
  const seen = roster.members().find(({ service }) => service === silver.service);
  expect(seen).toMatchObject({ instance: 'embedded', state: 'running', partitions: { length: 8 } });
  expect(await tell('fly')).toMatchObject({
    ok: false,
    error: expect.stringContaining('"fly" is no command') as string,
  });
  roster.close();
});

test('a broken reference file changes nothing and is named', async () => {
  writeStores(['0,online', '1,store_001', '2']);
  await expect(pipeline.reloadReference()).rejects.toThrow(/store\.txt:4: expected 2 fields, found 1/);
  writeStores(['0,online', '1,store_001', '2,store_002']);
  expect(await pipeline.store.query('SELECT count() AS stores FROM pos.store')).toEqual([{ stores: '3' }]);
});

test('a count file is loaded once, its broken rows are set aside, and new content is a new version', async () => {
  putCounts('third.csv', [
    '10,7,1,2011-03-02 06:00:00,30',
    '10,7,1,yesterday,31',
    '10,7,1',
    '"10,7,1,2011-03-02 06:00:00,3',
  ]);
  await settled();
  expect(await stockOf(1)).toEqual([[10, 30]]);
  const broken = `SELECT source_row, rules FROM pos.quarantine WHERE source_path = 'third.csv' ORDER BY source_row`;
  expect(await pipeline.store.query(broken)).toEqual([
    { source_row: 3, rules: ['invalid_date_time'] },
    { source_row: 4, rules: ['malformed_row'] },
    { source_row: 5, rules: ['malformed_row'] },
  ]);

  putCounts('third.csv', ['10,7,1,2011-03-02 06:00:00,28']);
  const isLoadedAgain = async (): Promise<boolean> =>
    (await pipeline.store.query(`SELECT 1 FROM pos.loaded_file WHERE path = 'third.csv' AND version = 2`)).length === 1;
  while (!(await isLoadedAgain())) await sleep(50);
  await settled();
  expect(await stockOf(1)).toEqual([[10, 28]]);
  const events = await pipeline.store.query<{ message: string }>(
    `SELECT message FROM pos.pipeline_event WHERE event_type = 'file_changed'`,
  );
  expect(events.map(({ message }) => message)).toEqual(['third.csv came with new content: loaded as version 2']);
  expect((await audit(pipeline.store)).differences).toBe(0);
});

test('a damaged archive of counts is set aside, and keeps no other file from being loaded', async () => {
  writeFileSync(join(folder.inbox, 'damaged.csv.gz'), gzipSync('item_id,employee_id').subarray(0, 15));
  putCounts('later.csv', ['10,7,1,2011-03-03 06:00:00,27']);
  await settled();
  expect(await stockOf(1)).toEqual([[10, 27]]);
  const damaged = `SELECT rules FROM pos.quarantine WHERE source_path = 'damaged.csv.gz'`;
  expect(await pipeline.store.query(damaged)).toEqual([{ rules: ['malformed_header'] }]);
  expect((await audit(pipeline.store)).differences).toBe(0);
});

test('a conflicting duplicate is set aside, an equal one is dropped, and both are counted', async () => {
  const before = await stockOf(2);
  await send({ transId: 'c', storeId: 2, quantity: -5 }, { transId: 'c', storeId: 2, quantity: -6 });
  await settled();
  expect(await stockOf(2)).toEqual(before);
  const conflicts = `SELECT lines FROM pos.quarantine WHERE has(rules, 'conflicting_duplicate')`;
  expect(await pipeline.store.query(conflicts)).toEqual([{ lines: [0] }]);
  expect(pipeline.telemetry.total('rows_conflicting', 'inventory_change')).toBe(1);
  expect((await audit(pipeline.store)).differences).toBe(0);
});

test('a record that was set aside stays out when it is read again by newer reference data', async () => {
  const before = (await stockOf(2))[0]![1];
  await send({ transId: 'e', storeId: 3, quantity: -5 });
  await settled();
  await pipeline.stop();
  await rewindSilver();
  writeStores(['0,online', '1,store_001', '2,store_002', '3,store_003']);
  pipeline = await EmbeddedPipeline.open(folder, readSettings({}));
  await send({ transId: 'e', storeId: 2, quantity: -2 });
  ({ failed } = pipeline.start());
  await settled();
  expect(await stockOf(2)).toEqual([[10, before - 2]]);

  expect(await pipeline.reloadReference()).toBe(1);
  await settled();
  const rules = `SELECT arrayJoin(rules) AS rule FROM pos.quarantine WHERE position(value, '"e"') > 0 ORDER BY rule`;
  expect(await pipeline.store.query(rules)).toEqual([{ rule: 'conflicting_duplicate' }, { rule: 'unknown_store' }]);
  expect((await audit(pipeline.store)).differences).toBe(0);
});

/** As after a crash before silver's first commit. */
async function rewindSilver(): Promise<void> {
  const log = await openEmbeddedLog({ path: folder.logFile });
  const assigned = Promise.withResolvers<readonly TopicPartition[]>();
  const consumer = log.consumer({
    group: SILVER_SERVICE,
    topics: [CHANGES],
    maxBatchBytes: 1,
    handler: {
      assigned: async (partitions) => assigned.resolve(partitions),
      revoked: () => undefined,
      batch: async () => undefined,
      failed: assigned.reject,
    },
  });
  await consumer.start();
  await consumer.commit((await assigned.promise).map((partition) => ({ ...partition, nextOffset: 0 })));
  await consumer.stop();
  await log.close();
}
