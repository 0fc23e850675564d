import { describe, expect, test } from 'vitest';
import {
  blocks,
  changed,
  counted,
  FakeTables,
  feedOf,
  NOW,
  pickedUp,
  rowsOf,
  startGold,
  versionsOf,
} from './testing/gold.ts';

const ERA = 2n ** 48n;
const stockOf = (output: Parameters<typeof rowsOf>[0]) =>
  rowsOf(output).map((row) => [
    row['item_id'],
    row['snapshot_quantity'],
    row['change_quantity'],
    row['current_inventory'],
  ]);

describe('blocks', () => {
  test('become rows of inventory_current, with the latest count and the changes since', async () => {
    const { stage } = await startGold();
    const output = await stage.process([
      blocks([
        [counted(0, 100, { dateTime: 2000 }), changed(1, -3, { dateTime: 2000 }), changed(2, -40, { dateTime: 1999 })],
        [changed(3, 1, { dateTime: 3000 })],
      ]),
    ]);
    expect(rowsOf(output)).toEqual([
      {
        store_id: 19,
        item_id: 1,
        snapshot_quantity: 100,
        change_quantity: -2,
        current_inventory: 98,
        date_time: 3000,
        version: Number(ERA + 2n),
      },
    ]);
    expect(output.counts).toEqual([
      { name: 'records_read', dataset: 'pos.silver.inventory', value: 2 },
      { name: 'rows_written', dataset: 'inventory_current', value: 1 },
      { name: 'cold_look_ups', dataset: 'inventory_current', value: 0 },
    ]);
  });

  test('write every key that they touch, changed or not, with the offset of its last block', async () => {
    const { stage } = await startGold(new FakeTables(), { era: 3 });
    await stage.process([blocks([[counted(0, 10), counted(0, 20, { itemId: 2 }), counted(0, 30, { itemId: 3 })]])]);
    const again = [
      [changed(1, -1)],
      [changed(2, -1, { itemId: 2 })],
      [changed(1, -1), counted(0, 30, { itemId: 3, dateTime: 1 })],
    ];
    const output = await stage.process([blocks(again, { offset: 2 ** 33 })]);
    expect(stockOf(output)).toEqual([
      [1, 10, -1, 9],
      [2, 20, -1, 19],
      [3, 30, 0, 30],
    ]);
    const first = 2n ** 33n + 1n;
    expect(versionsOf(output)).toEqual([3n * ERA + first + 2n, 3n * ERA + first + 1n, 3n * ERA + first + 2n]);
  });

  test('write no row for a key without a count', async () => {
    const { stage } = await startGold();
    const output = await stage.process([blocks([[changed(1, -1)]])]);
    expect([output.tables, output.publish]).toEqual([[], []]);
    expect(stockOf(await stage.process([blocks([[counted(2, 10)]], { offset: 1 })]))).toEqual([[1, 10, -1, 9]]);
  });

  test('leave the shelf of the online store alone for a pick-up, and write the key all the same', async () => {
    const { stage } = await startGold();
    await stage.process([blocks([[counted(0, 10, { storeId: 20 }), counted(0, 10)]])]);
    const pickUps = [pickedUp(1, -1, { dateTime: 9000 }), changed(2, -1, { changeTypeId: 2 })];
    const output = await stage.process([blocks([pickUps], { offset: 1 })]);
    expect(rowsOf(output)).toMatchObject([
      { store_id: 20, current_inventory: 10, date_time: 1000 },
      { store_id: 19, current_inventory: 9 },
    ]);
    expect(versionsOf(output)).toEqual([ERA + 2n, ERA + 2n]);
    expect(stockOf(await stage.process([blocks([[changed(3, -1, { storeId: 20 })]], { offset: 2 })]))).toEqual([
      [1, 10, -1, 9],
    ]);
  });

  test('of several partitions keep to their own keys', async () => {
    const { stage } = await startGold();
    const output = await stage.process([
      blocks([[counted(0, 10)]], { partition: 1, offset: 70 }),
      blocks([[counted(0, 20, { itemId: 2 })]], { partition: 0, offset: 5 }),
    ]);
    expect(stockOf(output)).toEqual([
      [1, 10, 0, 10],
      [2, 20, 0, 20],
    ]);
    expect(versionsOf(output)).toEqual([ERA + 71n, ERA + 6n]);
    expect(feedOf(output).map(({ partition, key }) => [partition, key])).toEqual([
      [1, '19|1'],
      [0, '19|2'],
    ]);
  });

  test('tell when the tills sent their changes, for the measure of freshness', async () => {
    const { stage } = await startGold();
    const pickUp = pickedUp(9, -1);
    const output = await stage.process([blocks([[counted(0, 10), changed(1, 1), changed(1, 1)], [pickUp]])]);
    expect([...output.visible.timestamps]).toEqual([5001, 5001, 5009]);
    expect(output.visible.silverTookSum).toBe(3 * NOW);
  });

  test.each([['row-binary-1'], [null]])('of an encoding %s stop the worker', async (encoding) => {
    const { stage } = await startGold();
    const batch = blocks([[counted(0, 10)], [counted(0, 10)]], { partition: 1, offset: 7, encoding });
    await expect(stage.process([batch])).rejects.toThrow(
      `block pos.silver.inventory/1@7 has the encoding ${encoding ?? '(none)'}, this worker reads row-binary-2`,
    );
  });
});

describe('what is published', () => {
  test('is the row as JSON, under its key, and the same as live news for who listens', async () => {
    const asked: string[] = [];
    const isHeard = (subject: string): boolean => {
      asked.push(subject);
      return subject.endsWith('.19');
    };
    const { stage } = await startGold(new FakeTables(), { isHeard });
    const rows = [counted(0, 10), counted(0, 2 ** 31 - 1, { itemId: -2 }), counted(0, 1, { storeId: 20 })];
    const output = await stage.process([
      blocks([[...rows, changed(1, 2 ** 31 - 1, { itemId: -2, dateTime: 2000 })]], { offset: 2 ** 40 }),
    ]);
    const json = {
      store_id: 19,
      item_id: -2,
      snapshot_quantity: 2 ** 31 - 1,
      change_quantity: 2 ** 31 - 1,
      current_inventory: 2 * (2 ** 31 - 1),
      date_time: '1970-01-01T00:00:02.000Z',
      version: String(ERA + 2n ** 40n + 1n),
    };
    const feed = feedOf(output);
    expect(feed).toHaveLength(3);
    expect(feed[1]).toEqual({
      topic: 'pos.gold.inventory-current',
      partition: 0,
      key: '19|-2',
      value: json,
      timestamp: NOW,
    });
    expect(output.news.map(({ subject, payload }) => [subject, JSON.parse(Buffer.from(payload).toString())])).toEqual([
      ['tillstream.test.inventory.19', [feed[0]!.value, json]],
    ]);
    // Once a store and turn: listening is looked up, not guessed row by row.
    expect(asked).toEqual(['tillstream.test.inventory.19', 'tillstream.test.inventory.20']);
  });
});

describe('an assignment', () => {
  const stored = [counted(0, 10), changed(1, -1), changed(2, -2, { itemId: 2 })];

  test('takes the state from the tables, and a replay of what is in it changes nothing', async () => {
    const tables = new FakeTables();
    tables.rows.push(...stored);
    const { stage } = await startGold(tables);
    expect(stockOf(await stage.process([blocks([stored])]))).toEqual([[1, 10, -1, 9]]);
    expect(stockOf(await stage.process([blocks([[changed(3, -4)]], { offset: 1 })]))).toEqual([[1, 10, -5, 5]]);
  });

  test('counts once what is stored while it recovers', async () => {
    const tables = new FakeTables();
    tables.rows.push(...stored);
    tables.meanwhile = () => tables.rows.push(changed(3, -4), changed(4, -8));
    const { stage } = await startGold(tables);
    expect(stockOf(await stage.process([blocks([[changed(3, -4)]])]))).toEqual([[1, 10, -13, -3]]);
    expect(stockOf(await stage.process([blocks([[changed(4, -8)]], { offset: 1 })]))).toEqual([[1, 10, -13, -3]]);
    expect(tables.lookedUp.length).toBeGreaterThan(0);
  });

  test('that is lost again while it recovers does no harm', async () => {
    const tables = new FakeTables();
    tables.rows.push(...stored);
    const { stage, partitions } = await startGold(tables);
    const lose = (): void => stage.revoked(partitions);
    for (const when of ['at once', 'while it reads sums', 'while it reads borders']) {
      if (when === 'while it reads sums') tables.whileReading = lose;
      if (when === 'while it reads borders') tables.meanwhile = lose;
      const assigned = stage.assigned(partitions);
      if (when === 'at once') lose();
      await assigned;
      expect(stage.stateBytes()).toBe(0);
      tables.whileReading = tables.meanwhile = () => undefined;
      await stage.assigned(partitions);
      expect(stockOf(await stage.process([blocks([[changed(1, -1)]])]))).toEqual([[1, 10, -1, 9]]);
    }
  });

  test('that is lost gives its memory back', async () => {
    const { stage, partitions } = await startGold();
    const both = stage.stateBytes();
    await stage.process([blocks([[changed(1, -1)], [changed(2, -2, { itemId: 2 })]])]);
    expect(stage.stateKeys()).toBe(2);
    stage.revoked([partitions[0]!]);
    expect(stage.stateBytes()).toBe(both / 2);
    expect(stage.stateKeys()).toBe(0);
    stage.revoked([partitions[1]!]);
    expect(stage.stateBytes()).toBe(0);
  });
});

describe('a cold key', () => {
  test('is looked up, all cold keys of a partition at once, before it is written', async () => {
    const tables = new FakeTables();
    const { stage } = await startGold(tables, { recentChanges: 1 });
    const rows = [1, 2, 3].flatMap((itemId) => [counted(0, 10, { itemId }), changed(itemId, -itemId, { itemId })]);
    tables.rows.push(...rows);
    await stage.process([blocks([rows])]);
    const output = await stage.process([
      blocks([[changed(1, -1), changed(2, -2, { itemId: 2 }), changed(3, -3, { itemId: 3 })]], { offset: 1 }),
    ]);
    expect(stockOf(output)).toEqual([
      [1, 10, -1, 9],
      [2, 10, -2, 8],
      [3, 10, -3, 7],
    ]);
    expect(tables.lookedUp).toEqual([
      [
        { storeId: 19, itemId: 1 },
        { storeId: 19, itemId: 2 },
      ],
    ]);
    expect(output.counts.at(-1)).toEqual({ name: 'cold_look_ups', dataset: 'inventory_current', value: 2 });
  });

  test('that the tables do not know stops the worker: what is published must be stored', async () => {
    const { stage } = await startGold(new FakeTables(), { recentChanges: 1 });
    const rows = [counted(0, 10), changed(1, -1), changed(2, -1, { itemId: 2 })];
    await expect(stage.process([blocks([[...rows, changed(1, -1)]])])).rejects.toThrow(
      '1 keys were published and are not in',
    );
  });
});
