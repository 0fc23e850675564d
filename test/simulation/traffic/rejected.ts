import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import type { Dice } from '../../support/dice.ts';
import type { Sent } from './meaning.ts';
import { record } from './records.ts';
import { MINUTE, OPENING, SALE, TOWN_STORE } from './shop.ts';

type Document = Readonly<Record<string, unknown>>;

const ITEMS = [{ item_id: 100, quantity: -1 }];
const TIME = new Date(OPENING).toISOString();
const SECOND_TOO_LATE = new Date(OPENING + 24 * 60 * MINUTE + 1000).toISOString();

const sound = (transId: string): Document => ({
  trans_id: transId,
  store_id: TOWN_STORE,
  date_time: TIME,
  change_type_id: SALE,
  items: ITEMS,
});

/** Documents of transactions that break rules of groups 2 and 3, and the rules. */
const BROKEN_CHANGES: readonly (readonly [Document, ...string[]])[] = [
  [{ trans_id: '' }, 'invalid_trans_id'],
  [{ store_id: '1', items: [] }, 'invalid_store_id', 'no_items'],
  [{ date_time: '2011-02-29 00:00:00' }, 'invalid_date_time'],
  [{ change_type_id: 70_000 }, 'number_out_of_range'],
  [{ date_time: SECOND_TOO_LATE }, 'future_date_time'],
];

const BROKEN_COUNTS: readonly (readonly [Document, ...string[]])[] = [
  [{ employee_id: 'Ann' }, 'invalid_employee_id'],
  [{ items: {} }, 'no_items'],
];

/** Bytes that are no message at all, and the rule. */
const BROKEN_BYTES: readonly (readonly [Buffer | null, string])[] = [
  [null, 'empty_message'],
  [Buffer.alloc(0), 'empty_message'],
  [Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
  [Buffer.from(`${'['.repeat(33)}${']'.repeat(33)}`), 'nested_too_deep'],
  [Buffer.from('{"trans_id":'), 'invalid_json'],
  [Buffer.from('[1]'), 'not_an_object'],
  [Buffer.from('{"__proto__":1,"items":[{}]}'), 'forbidden_field'],
  [Buffer.from('{"n":1e400}'), 'number_out_of_range'],
];

/** A record that breaks rules as a whole. It may carry the id of a transaction that counts: that must not matter. */
export function rejectedRecord(transId: string, dice: Dice): Sent {
  const isChange = dice.chance(0.7);
  const topic = isChange ? INVENTORY_CHANGE_TOPIC.name : INVENTORY_SNAPSHOT_TOPIC.name;
  const key = isChange ? transId : String(TOWN_STORE);
  if (dice.chance(0.4)) {
    const [value, rule] = dice.pick(BROKEN_BYTES);
    const empty = record(topic, key, {}, { meaning: { kind: 'rejected', rules: [rule] }, headers: false });
    return { ...empty, key: dice.chance(0.5) ? empty.key : null, value };
  }
  const [broken, ...rules] = dice.pick(isChange ? BROKEN_CHANGES : BROKEN_COUNTS);
  const document = { ...sound(transId), ...broken };
  return record(topic, key, document, { meaning: { kind: 'rejected', rules }, headers: false });
}
