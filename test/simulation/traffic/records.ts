import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { encodeHeaders } from '@tillstream/log';
import type { Dice } from '../../support/dice.ts';
import { NOTHING_BROKEN, type BrokenEntries, type ChangeMeaning, type CountMeaning, type Sent } from './meaning.ts';
import { OPENING, PICK_UP, RESTOCK, SALE, type Shop } from './shop.ts';

type Entry = { readonly item_id: number; readonly quantity: number };

/** A transaction before it is written as a message. */
export type Transaction = {
  readonly transId: string;
  readonly storeId: number;
  readonly dateTime: number;
  readonly changeTypeId: number;
  readonly entries: readonly Entry[];
};

const NO_HEADERS = Buffer.alloc(0);
const SOME_HEADERS = encodeHeaders({ till: '3' });
const INT32_MAX = 2 ** 31 - 1;

export function drawTransaction(transId: string, shop: Shop, dice: Dice): Transaction {
  const [storeId, items] = dice.pick([...shop.items]);
  return {
    transId,
    storeId,
    dateTime: dice.pick(shop.times),
    changeTypeId: dice.pick([SALE, SALE, RESTOCK, 2, PICK_UP]),
    entries: drawEntries(items, dice, -9, 9),
  };
}

/** The same transaction, but something of its content is different: a conflict with the first, at least in one line. */
export function contradict(transaction: Transaction, shop: Shop, dice: Dice): Transaction {
  switch (dice.below(4)) {
    case 0:
      return { ...transaction, dateTime: dice.pick(shop.times) };
    case 1:
      return { ...transaction, changeTypeId: dice.pick([SALE, RESTOCK, PICK_UP]) };
    case 2:
      return { ...transaction, storeId: dice.pick([...shop.items.keys()]) };
    default:
      return { ...transaction, entries: drawEntries(shop.items.get(transaction.storeId)!, dice, -9, 9) };
  }
}

export function changeRecord(transaction: Transaction, dice: Dice): Sent {
  const { transId, storeId, dateTime, changeTypeId } = transaction;
  const unknown = dice.chance(0.1) ? { till: dice.below(3) } : {};
  const { items, broken, overflown } = withBrokenEntries(transaction.entries, dice);
  const meaning: ChangeMeaning = {
    kind: 'change',
    transId,
    storeId,
    dateTime,
    changeTypeId,
    rescuedData: 'till' in unknown ? JSON.stringify(unknown) : '',
    lines: fold(transaction.entries).filter(({ itemId }) => itemId !== overflown),
    broken,
  };
  const document = {
    trans_id: transId,
    store_id: storeId,
    date_time: timeText(dateTime, dice),
    change_type_id: changeTypeId,
    items,
    ...unknown,
  };
  return record(INVENTORY_CHANGE_TOPIC.name, transId, document, { meaning, headers: dice.chance(0.1) });
}

export function countRecord(shop: Shop, dice: Dice): Sent {
  const [storeId, items] = dice.pick([...shop.items]);
  const dateTime = dice.pick(shop.times);
  const employeeId = dice.chance(0.3) ? null : dice.below(5);
  const entries = drawEntries(items, dice, 0, 99);
  const meaning: CountMeaning = {
    kind: 'count',
    storeId,
    dateTime,
    employeeId,
    lines: entries.map(({ item_id: itemId, quantity }, entry) => ({ itemId, quantity, entry })),
    broken: NOTHING_BROKEN,
  };
  const document = {
    store_id: storeId,
    date_time: timeText(dateTime, dice),
    employee_id: employeeId,
    items: entries,
  };
  return record(INVENTORY_SNAPSHOT_TOPIC.name, String(storeId), document, { meaning, headers: false });
}

export function record(
  topic: string,
  key: string,
  document: unknown,
  { meaning, headers }: { readonly meaning: Sent['meaning']; readonly headers: boolean },
): Sent {
  return {
    topic,
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify(document)),
    headers: headers ? SOME_HEADERS : NO_HEADERS,
    timestamp: OPENING,
    meaning,
  };
}

/** One to three entries; an item may come twice. */
function drawEntries(items: readonly number[], dice: Dice, from: number, to: number): readonly Entry[] {
  const count = dice.pick([1, 1, 2, 3]);
  return Array.from({ length: count }, () => ({ item_id: dice.pick(items), quantity: dice.between(from, to) }));
}

function fold(entries: readonly Entry[]): ChangeMeaning['lines'] {
  const lines = new Map<number, { itemId: number; quantity: number; entries: number[] }>();
  entries.forEach(({ item_id: itemId, quantity }, index) => {
    const line = lines.get(itemId) ?? { itemId, quantity: 0, entries: [] };
    lines.set(itemId, line);
    line.quantity += quantity;
    line.entries.push(index);
  });
  return [...lines.values()];
}

/** Sometimes an entry more that is broken, or one that takes its item's sum out of range. */
function withBrokenEntries(
  entries: readonly Entry[],
  dice: Dice,
): { readonly items: readonly unknown[]; readonly broken: BrokenEntries; readonly overflown: number | undefined } {
  const whole = { items: entries, broken: NOTHING_BROKEN, overflown: undefined };
  if (!dice.chance(0.06)) return whole;
  const last = entries.length;
  if (dice.chance(0.3)) {
    const { item_id: itemId } = entries[0]!;
    // Enough to leave Int32 whatever the others add.
    const many = [0, 1].map(() => ({ item_id: itemId, quantity: INT32_MAX }));
    const ofItem = entries.flatMap((entry, index) => (entry.item_id === itemId ? [index] : []));
    const broken = { rules: ['number_out_of_range'], entries: [...ofItem, last, last + 1] };
    return { items: [...entries, ...many], broken, overflown: itemId };
  }
  const [item, rule] = dice.pick<readonly [unknown, string]>([
    [7, 'invalid_item'],
    [{ item_id: '100', quantity: 1 }, 'invalid_item_id'],
    [{ item_id: 100, quantity: 1.5 }, 'invalid_quantity'],
    [{ item_id: 100, quantity: 2 ** 31 }, 'number_out_of_range'],
  ]);
  return { items: [...entries, item], broken: { rules: [rule], entries: [last] }, overflown: undefined };
}

function timeText(dateTime: number, dice: Dice): string {
  const text = isoText(dateTime);
  return dice.chance(0.5) ? text : text.slice(0, 19).replace('T', ' ');
}

/** Days have few times, and formatting one costs as much as the rest of a record. */
const ISO_TEXTS = new Map<number, string>();

function isoText(dateTime: number): string {
  const text = ISO_TEXTS.get(dateTime) ?? new Date(dateTime).toISOString();
  ISO_TEXTS.set(dateTime, text);
  return text;
}
