import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, valuesBatch, valuesOf } from '../testing.ts';
import { Database } from './database.ts';
import { EmbeddedLog, openEmbeddedLog } from './embedded-log.ts';

const TARGET = { topic: 'sales', partition: 0 };
const SALES = { name: 'sales', partitions: 1, cleanup: 'delete' as const };

function temporaryPath(): string {
  return join(temporaryFolder(onTestFinished), 'log.sqlite');
}

async function filledAt(path: string): Promise<void> {
  const log = await openEmbeddedLog({ path });
  await log.createTopics([SALES]);
  await log.produce([valuesBatch(TARGET, ['a', 'b'])]);
  await log.close();
}

/** Changes the file as another program could. */
function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

test('a full disk is told, leaves nothing of the call, and passes when there is room again', async () => {
  const path = temporaryPath();
  const database = new Database(path, false);
  const log = new EmbeddedLog(database);
  onTestFinished(() => log.close());
  await log.createTopics([SALES]);
  // SQLite's own limit: the same error, from the same places, as from a disk without room.
  database.first('PRAGMA max_page_count = 100');
  const large = valuesBatch(TARGET, ['x'.repeat(100_000)]);
  await log.produce([large]);
  await expect(log.produce([valuesBatch(TARGET, ['small']), large, large, large])).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringMatching(/^the log .*log\.sqlite has no room left on its disk: free some, then start again/),
  });
  expect(await log.offsets('sales')).toEqual([{ start: 0, end: 1 }]);
  database.first('PRAGMA max_page_count = 100000');
  await log.produce([valuesBatch(TARGET, ['after'])]);
  expect(valuesOf((await log.read({ ...TARGET, nextOffset: 1 }, 1))!)).toEqual(['after']);
});

test('a file that is no SQLite file is told', async () => {
  const path = temporaryPath();
  writeFileSync(path, 'id,item_id,employee_id\n'.repeat(1_000));
  await expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    name: 'LogError',
    code: 'corrupt',
    message: expect.stringContaining(`the log ${path} is not an SQLite file, or is damaged`),
  });
});

test('a damaged file is told, and not taken for the end of the log', async () => {
  const path = temporaryPath();
  await filledAt(path);
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096);
  writeFileSync(path, bytes);
  const open = async (): Promise<unknown> => {
    const log = await openEmbeddedLog({ path });
    onTestFinished(() => log.close());
    return log.read({ ...TARGET, nextOffset: 0 }, 1);
  };
  await expect(open()).rejects.toMatchObject({ code: 'corrupt' });
});

test('a damaged segment is told with its place', async () => {
  const path = temporaryPath();
  await filledAt(path);
  alter(path, 'UPDATE segment SET data = substr(data, 1, 50)');
  const log = await openEmbeddedLog({ path });
  onTestFinished(() => log.close());
  await expect(log.read({ ...TARGET, nextOffset: 0 }, 1)).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('records 0 to 1 of sales/0'),
  });
});

test('a log of another format version is told, and stays as it was', async () => {
  const path = temporaryPath();
  await filledAt(path);
  alter(path, 'PRAGMA user_version = 2');
  const before = readFileSync(path);
  await expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    code: 'other_version',
    message: expect.stringContaining('format version 2, this program reads version 1'),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a database of another program is told, and stays as it was', async () => {
  const path = temporaryPath();
  alter(path, 'CREATE TABLE customer (name TEXT)');
  const before = readFileSync(path);
  await expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    code: 'other_version',
    message: expect.stringContaining('is not a Tillstream log'),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a folder that is missing is told', async () => {
  const path = join(temporaryFolder(onTestFinished), 'missing', 'log.sqlite');
  await expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('see that its folder exists'),
  });
});

test('a log is not made by opening it to read', async () => {
  const path = temporaryPath();
  await expect(openEmbeddedLog({ path, readOnly: true })).rejects.toMatchObject({ code: 'unavailable' });
  expect(existsSync(path)).toBe(false);
});

test('a file whose creation was interrupted before the first table is taken as new', async () => {
  const path = temporaryPath();
  alter(path, 'PRAGMA journal_mode = WAL');
  await filledAt(path);
  const log = await openEmbeddedLog({ path });
  onTestFinished(() => log.close());
  expect(await log.offsets('sales')).toEqual([{ start: 0, end: 2 }]);
});
