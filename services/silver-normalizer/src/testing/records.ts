import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { RecordBatchBuilder, type OutgoingBatch, type RecordBatch } from '@tillstream/log';

/** 2011-03-01 12:00, when the records of these tests were sent. */
export const SENT_AT = Date.UTC(2011, 2, 1, 12);
/** When the stage works on them. */
export const NOW = SENT_AT + 1000;

export type Place = { readonly partition?: number; readonly offset?: number };

/** A batch as the log delivers it, from one on its way into the log. */
function fetched(batch: OutgoingBatch, firstOffset: number): RecordBatch {
  const offsets = Float64Array.from({ length: batch.count }, (_, index) => firstOffset + index);
  return { ...batch, offsets, nextOffset: firstOffset + batch.count };
}

type Value = object | string | Buffer | null;

function batchOf(topic: string, values: readonly Value[], { partition = 0, offset = 0 }: Place): RecordBatch {
  const builder = new RecordBatchBuilder(topic, partition);
  for (const value of values) {
    const isBytes = value === null || Buffer.isBuffer(value);
    const bytes = isBytes ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    builder.append({ key: Buffer.from('key'), value: bytes, timestamp: SENT_AT });
  }
  return fetched(builder.build(), offset);
}

/** Records of `pos.inventory-change`. */
export function changes(values: readonly Value[], place: Place = {}): RecordBatch {
  return batchOf(INVENTORY_CHANGE_TOPIC.name, values, place);
}

/** Records of `pos.inventory-snapshot`. */
export function counts(values: readonly Value[], place: Place = {}): RecordBatch {
  return batchOf(INVENTORY_SNAPSHOT_TOPIC.name, values, place);
}

type Items = readonly (readonly [itemId: number, quantity: number])[];

const itemsOf = (items: Items): readonly object[] => items.map(([itemId, quantity]) => ({ item_id: itemId, quantity }));

export function change(transId: string, items: Items, more: object = {}): object {
  const fields = { trans_id: transId, store_id: 19, date_time: '2011-03-01T10:15:00.000Z', change_type_id: 1 };
  return { ...fields, items: itemsOf(items), ...more };
}

export function count(items: Items, more: object = {}): object {
  return { store_id: 19, date_time: '2011-03-01 06:00:00', employee_id: 7, items: itemsOf(items), ...more };
}
