import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { type BronzeRecord, CHANGE_TOPIC, type GoldRow, type Reference, SNAPSHOT_TOPIC } from './naive-oracle.ts';

/** A real retailer's four months, with the inventory that somebody else computed from them. Not part of this repository. */
export type OnlineRetail = {
  readonly records: readonly BronzeRecord[];
  readonly reference: Reference;
  readonly expected: readonly GoldRow[];
};

const FOLDER = join(import.meta.dirname, '../../../shared/data/online-retail');
const PARTITIONS = 4;
const MAX_ENTRIES = 1000;

/** Nothing where the data is absent. */
export function readOnlineRetail(): OnlineRetail | undefined {
  if (!existsSync(FOLDER)) return undefined;
  const log = [...transactions(), ...counts()];
  return {
    records: log,
    reference: { stores: names('store.txt'), changeTypes: names('inventory_change_type.txt') },
    expected: rows('expected_inventory_current.csv.gz').map((row) => {
      const [storeId, itemId, snapshotQuantity, changeQuantity, currentInventory] = row.map(Number);
      const dateTime = Date.parse(`${row[5]!.replace(' ', 'T')}Z`);
      return {
        storeId: storeId!,
        itemId: itemId!,
        snapshotQuantity: snapshotQuantity!,
        changeQuantity: changeQuantity!,
        currentInventory: currentInventory!,
        dateTime,
      };
    }),
  };
}

/** One message per transaction; an article that was scanned twice is in it twice. */
function transactions(): readonly BronzeRecord[] {
  const groups = groupBy(rows('inventory_change.txt.gz'), ([transId]) => transId!);
  const messages = [...groups].map(([transId, lines]) => {
    const [, , storeId, dateTime, , changeTypeId] = lines[0]!;
    return {
      trans_id: transId.slice(1, -1),
      store_id: Number(storeId),
      date_time: `${dateTime!.replace(' ', 'T')}.000Z`,
      change_type_id: Number(changeTypeId),
      items: lines.map(([, itemId, , , quantity]) => ({ item_id: Number(itemId), quantity: Number(quantity) })),
    };
  });
  return messages.map((message, index) => toRecord(CHANGE_TOPIC, index, message));
}

/** Count sheets by store, time and employee. */
function counts(): readonly BronzeRecord[] {
  const sheet = ([, employeeId, storeId, dateTime]: readonly string[]): string =>
    `${storeId},${dateTime},${employeeId}`;
  const messages = [...groupBy(rows('inventory_snapshot.txt.gz'), sheet).values()].flatMap((lines) => {
    const [, employeeId, storeId, dateTime] = lines[0]!;
    const items = lines.map(([itemId, , , , quantity]) => ({ item_id: Number(itemId), quantity: Number(quantity) }));
    const head = { store_id: Number(storeId), date_time: dateTime!, employee_id: Number(employeeId) };
    return pieces(items).map((piece) => ({ ...head, items: piece }));
  });
  return messages.map((message, index) => toRecord(SNAPSHOT_TOPIC, index, message));
}

function toRecord(topic: string, index: number, message: { readonly date_time: string }): BronzeRecord {
  return {
    topic,
    partition: index % PARTITIONS,
    offset: Math.floor(index / PARTITIONS),
    timestamp: Date.parse(`${message.date_time.replace(' ', 'T').slice(0, 19)}Z`),
    value: Buffer.from(JSON.stringify(message)),
  };
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function pieces<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / MAX_ENTRIES);
  return Array.from({ length: count }, (_, index) => items.slice(index * MAX_ENTRIES, (index + 1) * MAX_ENTRIES));
}

function names(file: string): ReadonlyMap<number, string> {
  return new Map(rows(file).map(([id, name]) => [Number(id), name!]));
}

/** None of these files quotes a field. */
function rows(file: string): readonly (readonly string[])[] {
  const bytes = readFileSync(join(FOLDER, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}
