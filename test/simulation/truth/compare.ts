import {
  INVENTORY_CHANGE,
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_CURRENT,
  INVENTORY_CURRENT_TOPIC,
  INVENTORY_SNAPSHOT,
  INVENTORY_SNAPSHOT_TOPIC,
  QUARANTINE,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
} from '@tillstream/inventory';
import { decodeHeaders } from '@tillstream/log';
import {
  positionOfQuarantined,
  type StoredChange,
  type StoredCount,
  type StoredGold,
  type StoredQuarantine,
  type StoredRaw,
} from '../world/stored-rows.ts';
import type { StoredRecord } from '../world/stored-topic.ts';
import type { World } from '../world/world.ts';
import { expectedTables, faultText, originText, positionOf } from './expected.ts';
import { naiveTables } from './naive.ts';

/** Everything in which the world differs from what must be, once all workers have caught up. Empty is right. */
export function differences(world: World): string[] {
  const expected = expectedTables(world.placed, world.hasGrown);
  const { store } = world;
  const quarantine = store.table(QUARANTINE).all<StoredQuarantine>();
  const { waited } = expected;
  const without = (entries: Iterable<Entry>): Entry[] =>
    [...entries].filter(([key]) => !waited.has(key.split('|')[0]!));
  const changes = store.table(INVENTORY_CHANGE).all<StoredChange>();
  const counts = store.table(INVENTORY_SNAPSHOT).all<StoredCount>();
  const gold = store.table(INVENTORY_CURRENT).all<StoredGold>();
  return [
    ...(world.stages.includes('bronze') ? compare('bronze', sentRecords(world), bronzeRows(world)) : []),
    ...compare(
      'inventory_change',
      expected.changes,
      changes.map((row) => changeEntry(row, waited)),
    ),
    ...compare('inventory_snapshot', without(expected.counts), without(counts.map(countEntry))),
    ...compare('quarantine', without(expected.quarantine), without(quarantine.map(quarantineEntry))),
    ...compare('quarantined bytes', quarantinedRecords(world, quarantine), quarantine.map(quarantinedBytes)),
    ...compare('inventory_current', expected.gold, gold.map(goldEntry)),
    ...compare('change feed', expected.gold, publishedGold(world)),
    ...ambiguousVersions(world),
    ...(world.stages.includes('bronze') ? oracleDifferences(world, quarantine, gold) : []),
  ];
}

/** The second opinion: from the bytes in bronze, and from what was set aside for reference data, to gold and quarantine. */
function oracleDifferences(
  world: World,
  quarantine: readonly StoredQuarantine[],
  gold: readonly StoredGold[],
): string[] {
  const isForReference = (rule: string): boolean => rule === 'unknown_store' || rule === 'unknown_change_type';
  const setAside = quarantine.filter(({ rules }) => rules.some(isForReference));
  const waited = new Map(setAside.map((row) => [positionOfQuarantined(row), row.rules] as const));
  const naive = naiveTables(world, waited);
  return [
    ...compare('oracle inventory_current', naive.gold, gold.map(goldEntry)),
    ...compare('oracle quarantine', naive.quarantine, quarantine.map(quarantineEntry)),
  ];
}

type Entry = readonly [key: string, value: string];

function compare(what: string, expected: Iterable<Entry>, actual: readonly Entry[]): string[] {
  const right = new Map(expected);
  const found: string[] = [];
  const seen = new Set<string>();
  for (const [key, value] of actual) {
    if (seen.has(key)) found.push(`${what}: ${key} is there twice`);
    seen.add(key);
    const wanted = right.get(key);
    if (wanted === undefined) found.push(`${what}: ${key} should not be there: ${value}`);
    else if (wanted !== value) found.push(`${what}: ${key} is ${value}, should be ${wanted}`);
  }
  for (const [key, value] of right) if (!seen.has(key)) found.push(`${what}: ${key} is missing: ${value}`);
  return found;
}

function changeEntry(row: StoredChange, waited: ReadonlySet<string>): Entry {
  const transId = Buffer.from(row.trans_id, 'latin1').toString();
  const content = `${row.store_id} ${row.date_time} ${row.quantity} ${row.change_type_id}`;
  const { source_partition: partition, source_offset: offset } = row;
  const position = positionOf({ topic: INVENTORY_CHANGE_TOPIC.name, partition, offset });
  return [`${transId}|${row.item_id}`, `${content} from ${originText(position, waited)} rescued ${row.rescued_data}`];
}

function countEntry(row: StoredCount): Entry {
  const { source_partition: partition, source_offset: offset } = row;
  const position = positionOf({ topic: INVENTORY_SNAPSHOT_TOPIC.name, partition, offset });
  const text = `${row.store_id} ${row.item_id} ${row.date_time} ${row.employee_id} ${row.quantity}`;
  return [`${position}|${row.source_line}`, text];
}

function goldEntry(row: Omit<StoredGold, 'version'>): Entry {
  const { snapshot_quantity: snapshot, change_quantity: change, current_inventory: current } = row;
  return [`${row.store_id}|${row.item_id}`, `${snapshot} ${change} ${current} ${row.date_time}`];
}

function quarantineEntry(row: StoredQuarantine): Entry {
  return [positionOfQuarantined(row), faultText({ rules: row.rules, entries: row.lines })];
}

function quarantinedBytes(row: StoredQuarantine): Entry {
  return [positionOfQuarantined(row), `${row.record_timestamp} ${row.key} ${row.value}`];
}

function quarantinedRecords(world: World, rows: readonly StoredQuarantine[]): Map<string, string> {
  return new Map(
    rows.map((row) => {
      const { source_topic: topic, source_partition: partition, source_offset: offset } = row;
      const record = world.log.partition({ topic, partition }).records[offset];
      return [positionOfQuarantined(row), record === undefined ? 'no such record' : textOf(record)];
    }),
  );
}

function sentRecords(world: World): Map<string, string> {
  const sent = new Map<string, string>();
  for (const topic of [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name]) {
    for (const { partition, records } of world.log.topics.get(topic)!) {
      records.forEach((record, offset) => {
        const headers = [...decodeHeaders(record.headers)].flat().join(' ');
        sent.set(positionOf({ topic, partition, offset }), `${textOf(record)} ${headers}`);
      });
    }
  }
  return sent;
}

function bronzeRows({ store }: World): Entry[] {
  return [RAW_INVENTORY_CHANGE, RAW_INVENTORY_SNAPSHOT]
    .flatMap((table) => store.table(table).all<StoredRaw>())
    .map((row) => [positionOf(row), `${row.timestamp} ${row.key} ${row.value} ${row.headers.join(' ')}`]);
}

function textOf({ timestamp, key, value }: StoredRecord): string {
  return `${timestamp} ${key?.toString('latin1') ?? ''} ${value?.toString('latin1') ?? ''}`;
}

/** What a reader of the feed ends with who keeps the highest version of each key, whichever came last. */
function publishedGold(world: World): Entry[] {
  const newest = new Map<string, { readonly version: bigint; readonly entry: Entry }>();
  for (const { records } of world.log.topics.get(INVENTORY_CURRENT_TOPIC.name)!) {
    for (const { value } of records) {
      const row = JSON.parse(value!.toString()) as Omit<StoredGold, 'date_time' | 'version'> & {
        readonly date_time: string;
        readonly version: string;
      };
      const entry = goldEntry({ ...row, date_time: Date.parse(row.date_time) });
      const version = BigInt(row.version);
      const before = newest.get(entry[0]);
      if (before === undefined || version > before.version) newest.set(entry[0], { version, entry });
    }
  }
  return [...newest.values()].map(({ entry }) => entry);
}

/** The last version of a key must have one value, in the table and in the feed, whoever wrote it and how often. */
function ambiguousVersions(world: World): string[] {
  const table = world.store.table(INVENTORY_CURRENT);
  const found: string[] = [];
  for (const row of table.written as readonly unknown[] as readonly StoredGold[]) {
    const [key, value] = goldEntry(row);
    // A full refresh may have deleted it; whether rightly is compared elsewhere.
    const last = table.rows.get(key) as unknown as StoredGold | undefined;
    if (last === undefined) continue;
    if (BigInt(last.version) === BigInt(row.version) && goldEntry(last)[1] !== value) {
      found.push(`inventory_current: ${key} has version ${row.version} with ${value} and with ${goldEntry(last)[1]}`);
    }
  }
  return found;
}
