import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { GeneratorError } from '../errors.ts';
import type { Step } from '../source.ts';
import { NaiveRecount } from '../testing/naive-recount.ts';
import { replaySource } from './replay-source.ts';

// Seconds of work, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

const REFERENCE = { 'store.txt': 'store_id,name\n', 'item.txt': 'x\n', 'inventory_change_type.txt': 'x\n' };
const CHANGE_HEADER = 'trans_id,item_id,store_id,date_time,quantity,change_type_id';
const COUNT_HEADER = 'item_id,employee_id,store_id,date_time,quantity';

type Files = Readonly<Record<string, string | Buffer>>;

function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function stepsOf(files: Files, shuffleSeed?: number): Promise<Step[]> {
  const folder = folderOf({ ...REFERENCE, ...files });
  const source = await replaySource({ folder, ...(shuffleSeed !== undefined && { shuffleSeed }) });
  return [...source.steps()];
}

/** Messages as text, count files as their path and rows. */
function shown(steps: readonly Step[]): string[] {
  return steps.map((step) =>
    step.kind === 'record'
      ? (step.value?.toString() ?? 'null')
      : `${step.path}: ${step.content.toString().replaceAll('\n', '|')}`,
  );
}

const changes = (...lines: string[]): string => [CHANGE_HEADER, ...lines, ''].join('\n');
const counts = (...rows: string[]): string => [COUNT_HEADER, ...rows, ''].join('\n');

async function messages(...lines: string[]): Promise<any[]> {
  return (await messageTexts(...lines)).map((text) => JSON.parse(text));
}

async function messageTexts(...lines: string[]): Promise<string[]> {
  return shown(await stepsOf({ 'inventory_change.txt': changes(...lines) }));
}

describe('transactions', () => {
  it('are made of their lines, wherever those stand, repeated items added up', async () => {
    const texts = await messageTexts(
      '{A},7,1,2011-03-01 10:15:00,-1,1',
      '{B},9,1,2011-03-01 10:15:00,-5,1',
      '{A},8,1,2011-03-01 10:15:00,-2,1',
      '{A},7,1,2011-03-01T10:15:00Z,-3,1',
    );
    expect(texts).toEqual([
      '{"trans_id":"A","store_id":1,"date_time":"2011-03-01T10:15:00.000Z","change_type_id":1,"items":[{"item_id":7,"quantity":-4},{"item_id":8,"quantity":-2}]}',
      '{"trans_id":"B","store_id":1,"date_time":"2011-03-01T10:15:00.000Z","change_type_id":1,"items":[{"item_id":9,"quantity":-5}]}',
    ]);
  });

  it('go by time; those of one time as they first appear', async () => {
    const sent = await messages(
      '{late},1,1,2011-03-02 00:00:00,1,1',
      '{b},1,1,2011-03-01 00:00:00,1,1',
      '{a},1,1,2011-03-01 00:00:00,1,1',
    );
    expect(sent.map(({ trans_id }) => trans_id)).toEqual(['b', 'a', 'late']);
  });

  it('stay apart where lines of one trans_id differ in store, time or kind', async () => {
    const sent = await messages(
      'A,1,1,2011-03-01 00:00:00,1,1',
      'A,2,2,2011-03-01 00:00:00,1,1',
      'A,3,1,2011-03-01 00:00:01,1,1',
      'A,4,1,2011-03-01 00:00:00,1,5',
      'A,5,1,2011-03-01 00:00:00,1,1',
    );
    expect(sent.map(({ items }) => items.map((item: { item_id: number }) => item.item_id))).toEqual([
      [1, 5],
      [2],
      [4],
      [3],
    ]);
  });

  it('have their trans_id as key', async () => {
    const [step] = await stepsOf({ 'inventory_change.txt': changes('{A-1},1,1,2011-03-01 00:00:00,1,1') });
    expect(step).toMatchObject({ key: Buffer.from('A-1'), simulatedTime: Date.UTC(2011, 2, 1) });
  });

  it('are read from columns in any order, with row numbers, carriage returns and quotes', async () => {
    const file =
      'id,quantity,"trans_id",item_id,change_type_id,store_id,date_time\r\n1,-2,"{A}",7,1,3,2011-03-01 00:00:00';
    const [text] = shown(await stepsOf({ 'inventory_change.txt': file }));
    expect(JSON.parse(text!)).toEqual({
      trans_id: 'A',
      store_id: 3,
      date_time: '2011-03-01T00:00:00.000Z',
      change_type_id: 1,
      items: [{ item_id: 7, quantity: -2 }],
    });
  });

  it('carry what other columns say, as fields of the entry', async () => {
    const file = `${CHANGE_HEADER},till\nA,7,1,2011-03-01 00:00:00,1,1,T3\nA,7,1,2011-03-01 00:00:00,1,1,T4\n`;
    const [text] = shown(await stepsOf({ 'inventory_change.txt': file }));
    expect(JSON.parse(text!).items).toEqual([
      { item_id: 7, quantity: 1, till: 'T3' },
      { item_id: 7, quantity: 1, till: 'T4' },
    ]);
  });

  it('come from all files of the kind, packed or not, and one that is in two files is sent twice', async () => {
    const line = 'A,1,1,2011-03-01 00:00:00,1,1';
    const steps = await stepsOf({
      'inventory_change_online.txt': changes(line),
      'inventory_change_store001.txt.gz': gzipSync(changes(line, 'B,1,1,2011-02-01 00:00:00,1,1')),
    });
    expect(shown(steps).map((text) => JSON.parse(text).trans_id)).toEqual(['B', 'A', 'A']);
  });

  it('are split by item above 256 KiB', async () => {
    const lines = Array.from({ length: 20_000 }, (_, item) => `{A},${item % 15_000},1,2011-03-01 00:00:00,1,1`);
    const steps = await stepsOf({ 'inventory_change.txt': changes(...lines) });
    expect(steps.length).toBe(2);
    const items = new Map<number, number>();
    for (const step of steps) {
      if (step.kind !== 'record') continue;
      expect(step.value!.length).toBeLessThanOrEqual(256 * 1024);
      expect(step.key!.toString()).toBe('A');
      const document = JSON.parse(step.value!.toString());
      expect(document.trans_id).toBe('A');
      for (const { item_id, quantity } of document.items) {
        expect(items.has(item_id)).toBe(false);
        items.set(item_id, quantity);
      }
    }
    expect(items.size).toBe(15_000);
    expect(items.get(0)! + items.get(14_999)!).toBe(3);
  });
});

describe('broken lines of transactions', () => {
  it('are sent with the text where a number should be, beside the sound lines', async () => {
    const [sent] = await messages(
      'A,7,1,2011-03-01 00:00:00,1,1',
      'A,seven,1,2011-03-01 00:00:00,1,1',
      'A,8,1,2011-03-01 00:00:00,,1',
      'A,9,1,2011-03-01 00:00:00,1.5,1',
      'A,9,1,2011-03-01 00:00:00,99999999999999999999,1',
      'A,9,1,2011-03-01 00:00:00,3000000000,1',
      'A,7,1,2011-03-01 00:00:00,2.0,1',
    );
    expect(sent.items).toEqual([
      { item_id: 7, quantity: 3 },
      { item_id: 'seven', quantity: 1 },
      { item_id: 8, quantity: '' },
      { item_id: 9, quantity: 1.5 },
      { item_id: 9, quantity: '99999999999999999999' },
      { item_id: 9, quantity: 3_000_000_000 },
    ]);
  });

  it('keep what stands for store, time and kind, and go where they stand in the file', async () => {
    const sent = await messages(
      'A,1,1,2011-03-02 00:00:00,1,1',
      ',1,x,yesterday,1,"sa""le"',
      'C,1,1,2011-03-01 00:00:00,1,1',
      'D,1,1,2011-03-03 00:00:00,1,1',
    );
    expect(sent.map(({ trans_id }) => trans_id)).toEqual(['C', 'A', '', 'D']);
    expect(sent[2]).toMatchObject({ store_id: 'x', date_time: 'yesterday', change_type_id: 'sa"le' });
  });

  it('are sent whole when their fields cannot be told apart', async () => {
    const sent = await messages(
      'A,1,1,2011-03-01 00:00:00,1',
      'A,1,1,2011-03-01 00:00:00,1,1,1',
      '"A,1,1,2011-03-01 00:00:00,1,1',
    );
    expect(sent).toEqual([
      { file: 'inventory_change.txt', line_number: 2, line: 'A,1,1,2011-03-01 00:00:00,1' },
      { file: 'inventory_change.txt', line_number: 3, line: 'A,1,1,2011-03-01 00:00:00,1,1,1' },
      { file: 'inventory_change.txt', line_number: 4, line: '"A,1,1,2011-03-01 00:00:00,1,1' },
    ]);
  });

  it('keep bytes that are no UTF-8', async () => {
    const file = Buffer.from(changes('{caf\xe9},1,1,2011-03-01 00:00:00,1,1'), 'latin1');
    const [step] = await stepsOf({ 'inventory_change.txt': file });
    expect(step).toMatchObject({ key: Buffer.from('caf\xe9', 'latin1') });
    expect(step?.kind === 'record' && step.value!.includes(Buffer.from('"caf\xe9"', 'latin1'))).toBe(true);
  });
});

describe('counts', () => {
  it('come as one file a store and time, when their time has come, before the changes of that instant', async () => {
    const steps = await stepsOf({
      'inventory_change.txt': changes('A,1,1,2011-03-01 06:00:00,1,1', 'B,1,1,2011-03-01 05:59:59,1,1'),
      'inventory_snapshot.txt': counts(
        '1,1000,2,2011-03-01 06:00:00,5',
        '1,1000,1,2011-03-01 06:00:00,6',
        '2,1000,2,2011-03-01T06:00:00Z,7',
        '1,1000,2,2011-03-01 06:00:00.250,8',
      ),
    });
    expect(shown(steps).map((text) => text.replace(/^\{"trans_id":"(.)".*/, '$1'))).toEqual([
      'B',
      `inventory_snapshot_2_20110301T060000.csv: ${COUNT_HEADER}|1,1000,2,2011-03-01 06:00:00,5|2,1000,2,2011-03-01T06:00:00Z,7|`,
      `inventory_snapshot_1_20110301T060000.csv: ${COUNT_HEADER}|1,1000,1,2011-03-01 06:00:00,6|`,
      'A',
      `inventory_snapshot_2_20110301T060000250.csv: ${COUNT_HEADER}|1,1000,2,2011-03-01 06:00:00.250,8|`,
    ]);
  });

  it('pass on broken rows, to a sheet of their own where they belong to none', async () => {
    const steps = await stepsOf({
      'inventory_snapshot.txt': counts(
        '1,1000,2,2011-03-01 06:00:00,many',
        '1,1000,2,2011-03-01 06:00:00',
        '1,1000,two,2011-03-01 06:00:00,5',
        '1,1000,2,soon,5',
        '1,"1000,2,2011-03-01 06:00:00,5',
        '',
        '2,,2,2011-03-01 06:00:00,5',
      ),
    });
    expect(shown(steps)).toEqual([
      `inventory_snapshot_unreadable.csv: ${COUNT_HEADER}|1,1000,2,2011-03-01 06:00:00|1,1000,two,2011-03-01 06:00:00,5|1,1000,2,soon,5|1,"1000,2,2011-03-01 06:00:00,5|`,
      `inventory_snapshot_2_20110301T060000.csv: ${COUNT_HEADER}|1,1000,2,2011-03-01 06:00:00,many|2,,2,2011-03-01 06:00:00,5|`,
    ]);
  });

  it('keep the columns of their file, so that no row is rewritten', async () => {
    const steps = await stepsOf({
      'inventory_snapshot_1.txt': `id,${COUNT_HEADER}\r\n0,1,1000,2,2011-03-01 06:00:00,5\r\n`,
      'inventory_snapshot_2.txt': counts('2,1000,2,2011-03-01 06:00:00,6', '3,1000,2'),
    });
    expect(shown(steps)).toEqual([
      `inventory_snapshot_unreadable_2.csv: ${COUNT_HEADER}|3,1000,2|`,
      `inventory_snapshot_2_20110301T060000.csv: id,${COUNT_HEADER}|0,1,1000,2,2011-03-01 06:00:00,5|`,
      `inventory_snapshot_2_20110301T060000_2.csv: ${COUNT_HEADER}|2,1000,2,2011-03-01 06:00:00,6|`,
    ]);
  });
});

describe('raw messages', () => {
  const raw = (name: string, content: string | Buffer): Promise<Step[]> => stepsOf({ [name]: content });

  it('are sent byte for byte, in the order of lines and files', async () => {
    const odd = Buffer.from('{"trans_id":"A"}\r\n\xff\xfe\n\n  {"trans_id": "A"}', 'latin1');
    const steps = await stepsOf({ 'b.jsonl': 'last\n', 'a.jsonl': odd });
    expect(steps.map((step) => step.kind === 'record' && step.value!.toString('latin1'))).toEqual([
      '{"trans_id":"A"}\r',
      '\xff\xfe',
      '',
      '  {"trans_id": "A"}',
      'last',
    ]);
    expect(steps.map((step) => (step.kind === 'record' ? step.key?.toString('latin1') : step.path))).toEqual([
      'A',
      '\xff\xfe',
      undefined,
      'A',
      'last',
    ]);
  });

  it('have the first 64 bytes as key where there is no trans_id', async () => {
    const value = `{"trans_id":17,"padding":"${'x'.repeat(100)}"}`;
    const [step] = await raw('a.jsonl', value);
    expect(step).toMatchObject({ key: Buffer.from(value.slice(0, 64)) });
  });

  it('go to the topic of counts from files of that name, by store', async () => {
    const [step] = await raw('inventory_snapshot_late.jsonl.gz', gzipSync('{"store_id":19,"items":[]}'));
    expect(step).toMatchObject({ topic: 'pos.inventory-snapshot', key: Buffer.from('19') });
  });

  it('go between the transactions by the latest time they have shown, and never overtake each other', async () => {
    const at = (day: string): string => `{"date_time":"2011-03-${day} 00:00:00"}`;
    const steps = await stepsOf({
      'inventory_change.txt': changes('A,1,1,2011-03-01 00:00:00,1,1', 'B,1,1,2011-03-03 00:00:00,1,1'),
      'raw.jsonl': ['first', at('02'), at('01'), 'bad', at('04')].join('\n'),
    });
    expect(shown(steps).map((text) => text.replace(/^\{"trans_id":"(.)".*/, '$1'))).toEqual([
      'first',
      'A',
      at('02'),
      at('01'),
      'bad',
      'B',
      at('04'),
    ]);
  });

  it('come last when they show no time at all', async () => {
    const steps = await stepsOf({
      'inventory_change.txt': changes('A,1,1,2011-03-01 00:00:00,1,1'),
      'a.jsonl': 'one\ntwo\n',
    });
    expect(shown(steps).slice(1)).toEqual(['one', 'two']);
    expect(steps.map(({ simulatedTime }) => simulatedTime)).toEqual(Array(3).fill(Date.UTC(2011, 2, 1)));
  });

  it('may be longer than what is read at once', async () => {
    const long = `{"trans_id":"${'x'.repeat(5_000_000)}"}`;
    const steps = await raw('a.jsonl', `${long}\nnext`);
    expect(shown(steps)).toEqual([long, 'next']);
  });
});

describe('shuffle', () => {
  const lines = Array.from(
    { length: 200 },
    (_, index) => `T${index},1,1,2011-03-01 00:${String(index % 60).padStart(2, '0')}:00,1,1`,
  );
  const conflicts = Array.from(
    { length: 50 },
    (_, index) => `SAME,${index},1,2011-03-02 00:00:${String(index).padStart(2, '0')},1,1`,
  );
  const raw = Array.from({ length: 100 }, (_, index) => `raw ${index}`);
  const files = {
    'inventory_change.txt': changes(...lines, ...conflicts),
    'inventory_snapshot.txt': counts(...Array.from({ length: 30 }, (_, store) => `1,1,${store},2011-03-01 06:00:00,5`)),
    'a.jsonl': raw.join('\n'),
  };

  it('sends the same in a random order that the seed decides', async () => {
    const [plain, one, again, two] = await Promise.all(
      [undefined, 1, 1, 2].map(async (seed) => shown(await stepsOf(files, seed))),
    );
    expect(one).toEqual(again);
    expect(one).not.toEqual(two);
    expect(one).not.toEqual(plain);
    expect(one!.toSorted()).toEqual(plain!.toSorted());
    const movedFar = one!.filter((text, index) => Math.abs(plain!.indexOf(text) - index) > 50);
    expect(movedFar.length).toBeGreaterThan(150);
  });

  it('keeps the order of raw messages and of one trans_id, so that the same ones win', async () => {
    const plain = shown(await stepsOf(files));
    const shuffled = shown(await stepsOf(files, 3));
    for (const pattern of [/^raw/, /"SAME"/]) {
      expect(shuffled.filter((text) => pattern.test(text))).toEqual(plain.filter((text) => pattern.test(text)));
      const places = shuffled.flatMap((text, index) => (pattern.test(text) ? [index] : []));
      expect(places.at(-1)! - places[0]!).toBeGreaterThan(200);
    }
  });

  it('keeps the times of the places, so that a speed still makes sense', async () => {
    const plain = await stepsOf(files);
    const shuffled = await stepsOf(files, 3);
    expect(shuffled.map(({ simulatedTime }) => simulatedTime)).toEqual(plain.map(({ simulatedTime }) => simulatedTime));
  });
});

describe('identity', () => {
  it('follows from what is read: content, names, seed', async () => {
    const idOf = async (files: Files, shuffleSeed?: number): Promise<string> => {
      const folder = folderOf({ ...REFERENCE, ...files });
      return (await replaySource({ folder, ...(shuffleSeed !== undefined && { shuffleSeed }) })).id;
    };
    const file = changes('A,1,1,2011-03-01 00:00:00,1,1');
    const ids = await Promise.all([
      idOf({ 'inventory_change.txt': file }),
      idOf({ 'inventory_change_1.txt': file }),
      idOf({ 'inventory_change.txt': `${file}A,2,1,2011-03-01 00:00:00,1,1\n` }),
      idOf({ 'inventory_change.txt': file }, 1),
      idOf({ 'inventory_change.txt': file }, 2),
    ]);
    expect(new Set(ids).size).toBe(5);
    expect(await idOf({ 'inventory_change.txt.gz': gzipSync(file) })).toMatch(/^rep-[0-9a-f]{8}$/);
    expect(await idOf({ 'inventory_change.txt': file })).toBe(ids[0]);
  });
});

describe('a folder of the wrong kind is refused in one line', () => {
  const refusal = async (files: Files): Promise<string> => {
    const error = await stepsOf(files).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GeneratorError);
    return (error as Error).message;
  };

  it('that does not exist', async () => {
    const folder = join(tmpdir(), 'no-such-folder');
    await expect(replaySource({ folder })).rejects.toThrow(`${folder}: cannot read the folder: ENOENT`);
    await expect(replaySource({ folder })).rejects.toThrow(GeneratorError);
  });

  it('without reference data', async () => {
    const folder = folderOf({ 'inventory_change.txt': changes(), 'store.txt': '', 'inventory_change_type.txt': '' });
    await expect(replaySource({ folder })).rejects.toThrow(
      /item\.txt is missing; a replay folder holds store\.txt, item\.txt/,
    );
  });

  it('without anything to replay', async () => {
    expect(await refusal({})).toMatch(/nothing to replay; expected inventory_change\*\.txt/);
  });

  it('with a file both packed and not', async () => {
    const file = changes();
    const files = { 'inventory_change.txt': file, 'inventory_change.txt.gz': gzipSync(file) };
    expect(await refusal(files)).toMatch(/holds both inventory_change\.txt and inventory_change\.txt\.gz; remove one/);
  });

  it.each([
    [
      'inventory_change.txt',
      'trans_id,item_id,store\n1,2,3\n',
      /inventory_change\.txt:1: expected a header with the columns trans_id,item_id,store_id.*found "trans_id,item_id,store"$/,
    ],
    ['inventory_change.txt', '', /inventory_change\.txt:1: .*found nothing$/],
    [
      'inventory_snapshot.txt',
      '<html>\n',
      /inventory_snapshot\.txt:1: expected a header with the columns item_id,employee_id.*found "<html>"$/,
    ],
    ['inventory_snapshot.txt', '', /inventory_snapshot\.txt:1: .*found nothing$/],
    ['inventory_snapshot.txt', `${COUNT_HEADER},shelf\n`, /inventory_snapshot\.txt:1: .*found also shelf$/],
  ])('with %s holding %j', async (name, content, message) => {
    const refused = await refusal({ [name]: content });
    expect(refused).toMatch(message);
    expect(refused).not.toContain('\n');
  });

  it('with a damaged archive', async () => {
    const packed = gzipSync(changes('A,1,1,2011-03-01 00:00:00,1,1'));
    expect(await refusal({ 'inventory_change.txt.gz': packed.subarray(0, -12) })).toMatch(
      /cannot read .*inventory_change\.txt\.gz: /,
    );
  });
});

const ONLINE_RETAIL = join(import.meta.dirname, '../../../../../shared/data/online-retail');

describe.skipIf(!existsSync(ONLINE_RETAIL))('the online-retail data', () => {
  const unpacked = (name: string): string[][] => {
    const text = gunzipSync(readFileSync(join(ONLINE_RETAIL, name))).toString();
    return text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
  };

  it.each([undefined, 11])('is replayed to the last unit, and gives the right inventory: shuffle %s', async (seed) => {
    const source = await replaySource({ folder: ONLINE_RETAIL, ...(seed !== undefined && { shuffleSeed: seed }) });
    expect(source).toMatchObject({ records: 9233, countFiles: 949, topics: ['pos.inventory-change'] });

    const recount = new NaiveRecount({ nowMs: Date.UTC(2026, 0), stores: 62 });
    let units = 0;
    for (const step of source.steps()) {
      recount.add(step);
      if (step.kind !== 'record') continue;
      for (const { quantity } of JSON.parse(step.value!.toString()).items) units += quantity;
    }
    expect(units).toBe(unpacked('inventory_change.txt.gz').reduce((sum, fields) => sum + Number(fields[4]), 0));
    expect(recount.truth).toMatchObject({
      records: 9233,
      lines: 165_456 - 3025,
      duplicateLines: 0,
      quarantinedRecords: 0,
    });
    expect(recount.truth).toMatchObject({ countSheets: 949, countRows: 552_342 });

    const current = recount.currentInventory();
    const expected = unpacked('expected_inventory_current.csv.gz');
    expect(current.size).toBe(expected.length);
    expect(expected.filter((row) => current.get(`${row[0]}|${row[1]}`) !== Number(row[4]))).toEqual([]);
  });
});
