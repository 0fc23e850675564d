import { type Fields, isObject, readMessage } from './message.ts';

export const CHANGE_TOPIC = 'pos.inventory-change';
export const SNAPSHOT_TOPIC = 'pos.inventory-snapshot';

/** A record as bronze keeps it; the timestamp in milliseconds. */
export type BronzeRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Buffer;
};

/** Names by id. */
export type Reference = {
  readonly stores: ReadonlyMap<number, string>;
  readonly changeTypes: ReadonlyMap<number, string>;
};

/** A line of a transaction, or a count; `entries` are the indexes in `items` that it is made of. */
export type Line = {
  readonly record: BronzeRecord;
  readonly transId: string;
  readonly storeId: number;
  readonly dateTime: number;
  readonly changeTypeId: number;
  readonly employeeId: number | null;
  readonly itemId: number;
  readonly quantity: number;
  readonly entries: readonly number[];
};

/** What a record is worth: its valid lines, the rules that it broke, and the entries that broke them. */
export type Judgement = {
  readonly lines: readonly Line[];
  readonly rules: ReadonlySet<string>;
  readonly entries: ReadonlySet<number>;
};

type Broken = Set<string>;
type Head = Omit<Line, 'itemId' | 'quantity' | 'entries'>;

const DAY_MS = 86_400_000;
const MAX_TRANS_ID_BYTES = 4096;

export function judge(record: BronzeRecord, reference: Reference): Judgement {
  const read = readMessage(record.value);
  if ('broken' in read) return rejected([read.broken]);
  const { message } = read;
  const isChange = record.topic === CHANGE_TOPIC;

  const badFields = isChange ? brokenChangeFields(message) : brokenSnapshotFields(message);
  if (badFields.size > 0) return rejected(badFields);

  const head = headOf(record, message);
  const badMeaning = brokenMeaning(head, reference);
  if (badMeaning.size > 0) return rejected(badMeaning);

  return judgeEntries(head, message['items'] as readonly unknown[]);
}

/** Group 2 has been passed. */
function headOf(record: BronzeRecord, message: Fields): Head {
  const isChange = record.topic === CHANGE_TOPIC;
  return {
    record,
    transId: isChange ? (message['trans_id'] as string) : '',
    storeId: asInteger(message['store_id'])!,
    dateTime: asDateTime(message['date_time'])!,
    changeTypeId: isChange ? asInteger(message['change_type_id'])! : 0,
    employeeId: asInteger(message['employee_id']),
  };
}

function brokenMeaning({ record, storeId, dateTime, changeTypeId }: Head, reference: Reference): Broken {
  const broken: Broken = new Set();
  if (dateTime - record.timestamp > DAY_MS) broken.add('future_date_time');
  if (!reference.stores.has(storeId)) broken.add('unknown_store');
  if (record.topic === CHANGE_TOPIC && !reference.changeTypes.has(changeTypeId)) broken.add('unknown_change_type');
  return broken;
}

function rejected(rules: Iterable<string>): Judgement {
  return { lines: [], rules: new Set(rules), entries: new Set() };
}

function brokenChangeFields(message: Fields): Broken {
  const broken = brokenCommonFields(message);
  const { trans_id: transId } = message;
  if (typeof transId !== 'string' || transId === '' || Buffer.byteLength(transId) > MAX_TRANS_ID_BYTES) {
    broken.add('invalid_trans_id');
  }
  const changeTypeId = asInteger(message['change_type_id']);
  if (changeTypeId === null) broken.add('invalid_change_type_id');
  else if (!fits(changeTypeId, 16)) broken.add('number_out_of_range');
  return broken;
}

function brokenSnapshotFields(message: Fields): Broken {
  const broken = brokenCommonFields(message);
  const employeeId = message['employee_id'] ?? null;
  const isFine = employeeId === null || fits(asInteger(employeeId) ?? Number.NaN, 32);
  if (!isFine) broken.add('invalid_employee_id');
  return broken;
}

function brokenCommonFields(message: Fields): Broken {
  const broken: Broken = new Set();
  const storeId = asInteger(message['store_id']);
  if (storeId === null) broken.add('invalid_store_id');
  else if (!fits(storeId, 32)) broken.add('number_out_of_range');
  if (asDateTime(message['date_time']) === null) broken.add('invalid_date_time');
  const items = message['items'];
  if (!Array.isArray(items) || items.length === 0) broken.add('no_items');
  return broken;
}

function judgeEntries(head: Head, items: readonly unknown[]): Judgement {
  const rules: Broken = new Set();
  const entries = new Set<number>();
  const sound: Line[] = [];
  items.forEach((item, index) => {
    const broken = brokenEntry(item);
    for (const rule of broken) rules.add(rule);
    if (broken.size > 0) entries.add(index);
    else {
      const { item_id: itemId, quantity } = item as Fields;
      sound.push({ ...head, itemId: asInteger(itemId)!, quantity: asInteger(quantity)!, entries: [index] });
    }
  });
  if (head.record.topic !== CHANGE_TOPIC) return { lines: sound, rules, entries };

  const folded = fold(sound);
  for (const line of folded.filter(({ quantity }) => !fits(quantity, 32))) {
    rules.add('number_out_of_range');
    for (const index of line.entries) entries.add(index);
  }
  return { lines: folded.filter(({ quantity }) => fits(quantity, 32)), rules, entries };
}

function brokenEntry(item: unknown): Broken {
  if (!isObject(item)) return new Set(['invalid_item']);
  const broken: Broken = new Set();
  const itemId = asInteger(item['item_id']);
  const quantity = asInteger(item['quantity']);
  if (itemId === null) broken.add('invalid_item_id');
  if (quantity === null) broken.add('invalid_quantity');
  if (!fits(itemId ?? 0, 32) || !fits(quantity ?? 0, 32)) broken.add('number_out_of_range');
  return broken;
}

function fold(lines: readonly Line[]): readonly Line[] {
  const byItem = new Map<number, Line>();
  for (const line of lines) {
    const before = byItem.get(line.itemId);
    byItem.set(
      line.itemId,
      before === undefined
        ? line
        : { ...line, quantity: before.quantity + line.quantity, entries: [...before.entries, ...line.entries] },
    );
  }
  return [...byItem.values()];
}

/** `-0` is 0. */
function asInteger(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value + 0 : null;
}

function fits(value: number, bits: 16 | 32): boolean {
  return value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?Z?$/;

function asDateTime(value: unknown): number | null {
  const parts = typeof value === 'string' ? DATE_TIME.exec(value) : null;
  if (parts === null) return null;
  const [, date, time, fraction = ''] = parts;
  const iso = `${date}T${time}.${fraction.padEnd(3, '0')}Z`;
  const moment = new Date(iso);
  // A 30th of February becomes a day of March, and 24:00 the day after: they come back as another text.
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== iso) return null;
  const year = moment.getUTCFullYear();
  return year >= 1970 && year <= 2299 ? moment.getTime() : null;
}
