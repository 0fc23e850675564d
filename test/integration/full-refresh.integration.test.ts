import { EmbeddedPipeline, isDrained, prepareDataFolder, readSettings, type DataFolder } from '@tillstream/demo';
import { createGold } from '@tillstream/gold-aggregator';
import { SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import { partitionOf, RecordBatchBuilder } from '@tillstream/log';
import { silentLogger } from '@tillstream/runtime';
import {
  audit,
  compareGold,
  computeGold,
  dropComputedGold,
  explainDifferences,
  replaceGold,
  type ComputedGold,
} from '@tillstream/store';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dice } from '../support/dice.ts';

const STORES = 3;
const ITEMS = 40;
const GOLD = 'pos.inventory_current_rows';

let root: string;
let folder: DataFolder;
let pipeline: EmbeddedPipeline;
let failed: Promise<never>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tillstream-refresh-'));
  folder = prepareDataFolder(join(root, 'data'), 'integration test');
  const lines = (count: number, line: (id: number) => string): string =>
    Array.from({ length: count }, (_, id) => `${line(id)}\n`).join('');
  writeFileSync(join(folder.reference, 'store.txt'), `store_id,name\n${lines(STORES, (id) => `${id},store_${id}`)}`);
  const items = lines(ITEMS, (id) => `${id},item,1,5`);
  writeFileSync(join(folder.reference, 'item.txt'), `item_id,name,supplier_id,safety_stock_quantity\n${items}`);
  writeFileSync(join(folder.reference, 'inventory_change_type.txt'), 'change_type_id,change_type\n1,sale\n');
  pipeline = await EmbeddedPipeline.open(folder, readSettings({}));
  ({ failed } = pipeline.start());
});

afterAll(async () => {
  await pipeline.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Counts of every item in every store but the last item of each. */
function putCounts(): void {
  const rows = Array.from({ length: STORES * (ITEMS - 1) }, (_, index) => {
    return `${index % (ITEMS - 1)},7,${Math.floor(index / (ITEMS - 1))},2011-03-01 06:00:00,100`;
  });
  writeFileSync(
    join(folder.inbox, 'counts.csv'),
    `item_id,employee_id,store_id,date_time,quantity\n${rows.join('\n')}\n`,
  );
}

/** Tills that go on until they are told to stop. Some items sell all the time, others never. */
class Tills {
  readonly #dice = new Dice(17);
  readonly #done: Promise<void>;
  #isOpen = true;
  sent = 0;
  /** Of ten that are sold. */
  firstItem = 0;

  constructor() {
    this.#done = this.#run();
  }

  async sell(count: number): Promise<void> {
    const { sent } = this;
    await until(async () => this.sent >= sent + count);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (this.#isOpen) {
      const key = Buffer.from(`t${this.sent++}`);
      const batch = new RecordBatchBuilder('pos.inventory-change', partitionOf(key, 4));
      const items = [{ item_id: this.firstItem + this.#dice.below(10), quantity: -this.#dice.between(1, 3) }];
      const about = { trans_id: key.toString(), store_id: this.#dice.below(STORES), change_type_id: 1 };
      const message = { ...about, date_time: '2011-03-01T12:00:00.000Z', items };
      batch.append({ key, value: Buffer.from(JSON.stringify(message)), timestamp: Date.now() });
      await pipeline.log.produce([batch.build()]);
      await sleep(2);
    }
  }
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const checking = async (): Promise<void> => {
    while (!(await check())) await sleep(20);
  };
  await Promise.race([checking(), failed]);
}

async function startGold(era: number): Promise<{ readonly stop: () => Promise<void> }> {
  const { log, store, signal, telemetry } = pipeline;
  const ports = { pipeline: 'demo', log, store, signal, telemetry, logger: silentLogger(), now: Date.now };
  const { worker } = await createGold(ports, { GOLD_RECENT_CHANGES: 1000, GOLD_ERA: era });
  const running = worker.run();
  failed = Promise.race([failed, running.then(async () => new Promise<never>(() => undefined))]);
  const stop = async (): Promise<void> => {
    worker.stop();
    await running;
  };
  return { stop };
}

async function count(condition: string): Promise<number> {
  const [row] = await pipeline.store.query<{ rows: string }>(
    `SELECT count() AS rows FROM ${GOLD} FINAL WHERE ${condition}`,
  );
  return Number(row!.rows);
}

/** What was sent up to now has gone through all stages, while more comes. */
async function passed(): Promise<void> {
  const { log } = pipeline;
  for (const [service, topic] of [
    ['silver-normalizer', 'pos.inventory-change'],
    ['gold-aggregator', SILVER_INVENTORY_TOPIC.name],
  ] as const) {
    const ends = (await log.offsets(topic)).map(({ end }) => end);
    await until(async () => {
      const committed = await log.committed(service, topic);
      return ends.every((end, partition) => (committed[partition] ?? 0) >= end);
    });
  }
}

const wrong = (item: number, versions: string): string =>
  `INSERT INTO ${GOLD} SELECT 1, ${item}, 1, 1, 2, date_time, ${versions} FROM ${GOLD} FINAL WHERE store_id = 1 AND item_id = 30`;

test('gold is damaged and computed anew while tills go on, and ends as bronze says', async () => {
  putCounts();
  await until(async () => (await pipeline.isInboxEmpty()) && (await isDrained(pipeline.log)));
  const tills = new Tills();
  await tills.sell(300);

  // Of items that are not sold: a wrong value, a row too few, one too many. Of one that is: a version far ahead.
  await pipeline.store.command(wrong(30, 'version'));
  await pipeline.store.command(wrong(31, 'version + 1'));
  await pipeline.store.command(wrong(77, 'version'));
  await pipeline.store.command(wrong(2, 'version + 1000000'));
  await pipeline.store.command(`DELETE FROM ${GOLD} WHERE store_id = 2 AND item_id = 33`);

  // Eras overlap here, which the operator avoids: the old one takes a partition over from the new one, and what it then
  // writes of items that are never sold again is outranked.
  const old = pipeline.workers[2]!;
  tills.firstItem = 20;
  const early = await startGold(2);
  await until(
    async () => (await count('item_id >= 20 AND item_id < 30 AND version >= bitShiftLeft(toUInt64(2), 48)')) > 3,
  );
  await early.stop();
  await tills.sell(200);
  tills.firstItem = 0;
  await passed();
  const next = await startGold(2);
  old.stop();
  await until(async () => old.status().state === 'stopped');

  const blockEnds = (await pipeline.log.offsets(SILVER_INVENTORY_TOPIC.name)).map(({ end }) => end);
  const computed: ComputedGold = await computeGold(pipeline.store, { era: 2, blockEnds });
  await passed();
  const found = await compareGold(pipeline.store, computed, 100);
  const differing = found.examples.map((line) => line.split(':')[0]!);
  expect(differing).toEqual(
    expect.arrayContaining(['store 1 item 30', 'store 1 item 31', 'store 1 item 77', 'store 2 item 33']),
  );
  expect(differing.filter((key) => / item 2\d$/.test(key))).not.toEqual([]);
  expect(found).toMatchObject({ missingRows: 1, removedRows: 1 });
  expect(found.newerRows).toBeGreaterThan(0);
  await replaceGold(pipeline.store, computed);
  await dropComputedGold(pipeline.store, undefined);
  expect(await count('version < bitShiftLeft(toUInt64(2), 48)')).toBe(0);

  await tills.close();
  await until(async () => isDrained(pipeline.log));
  expect(await explainDifferences(pipeline.store, 10)).toEqual([]);
  expect(await audit(pipeline.store)).toEqual({ rows: STORES * (ITEMS - 1), differences: 0 });

  await next.stop();
  await expect(startGold(1)).rejects.toThrow(
    "inventory_current has rows of era 2, and this worker's is 1: nobody would ever read what it writes; set GOLD_ERA to 2",
  );
});
