import type { Rule } from '@tillstream/inventory';

/** Fields of a sound transaction as JSON texts. An empty text leaves the field out. */
type JsonFields = {
  readonly trans_id: string;
  readonly store_id: string;
  readonly date_time: string;
  readonly change_type_id: string;
  readonly items: string;
};

/** A way to break a transaction, and the rules of docs/contracts.md that a record of the kind breaks: all of them. */
export type MalformedKind = {
  readonly rules: readonly Rule[];
  readonly value: (sound: JsonFields) => Buffer | null;
};

const EVERY_FIELD: readonly Rule[] = [
  'invalid_trans_id',
  'invalid_store_id',
  'invalid_date_time',
  'invalid_change_type_id',
  'no_items',
];

/** Records that have no lines at all. */
export const MALFORMED_KINDS: readonly MalformedKind[] = [
  { rules: ['empty_message'], value: () => Buffer.alloc(0) },
  { rules: ['empty_message'], value: () => null },

  bytes('invalid_utf8', (text) =>
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"note":"\xff"}', 'latin1')]),
  ),
  bytes('invalid_utf8', (text) => Buffer.concat([Buffer.from([0xc0, 0xaf]), Buffer.from(text)])),
  extraField('nested_too_deep', `"note":${'['.repeat(40)}${']'.repeat(40)}`),

  text('invalid_json', (sound) => sound.slice(0, Math.floor(sound.length / 2))),
  text('invalid_json', (sound) => sound.slice(0, -1)),
  text('invalid_json', (sound) => sound.replaceAll('"', "'")),
  text('invalid_json', (sound) => `\uFEFF${sound}`),
  text('invalid_json', (sound) => `${sound}${sound}`),
  text('invalid_json', () => 'status: ok'),
  extraField('invalid_json', '"note":NaN'),
  extraField('invalid_json', '"note":"\\ud800"'),

  text('not_an_object', (sound) => `[${sound}]`),
  text('not_an_object', () => '"restart"'),
  text('not_an_object', () => 'null'),
  extraField('forbidden_field', '"__proto__":{"store_id":0}'),
  field('forbidden_field', 'items', '[{"item_id":100001,"quantity":-1,"__proto__":null}]'),
  field('number_out_of_range', 'items', '[{"item_id":100001,"quantity":1e400}]'),
  field('number_out_of_range', 'items', '[{"item_id":100001,"quantity":9007199254740993}]'),
  extraField('number_out_of_range', '"receipt":-18446744073709551616'),

  { rules: EVERY_FIELD, value: () => Buffer.from('{}') },
  {
    rules: EVERY_FIELD,
    value: () => Buffer.from('{"trans_id":null,"store_id":null,"date_time":null,"change_type_id":null,"items":null}'),
  },
  field('invalid_trans_id', 'trans_id', '4711'),
  field('invalid_trans_id', 'trans_id', '""'),
  field('invalid_store_id', 'store_id', '"1"'),
  field('invalid_store_id', 'store_id', '1.5'),
  field('number_out_of_range', 'store_id', '2147483648'),
  field('invalid_date_time', 'date_time', '"2026-02-30T10:15:00.000Z"'),
  field('invalid_date_time', 'date_time', '"01/31/2026 10:15"'),
  field('invalid_date_time', 'date_time', '1769854500000'),
  field('invalid_change_type_id', 'change_type_id', 'true'),
  field('invalid_change_type_id', 'change_type_id', ''),
  field('number_out_of_range', 'change_type_id', '70000'),
  field('no_items', 'items', '[]'),
  field('no_items', 'items', '{"item_id":100001,"quantity":-1}'),
  field('future_date_time', 'date_time', '"2299-12-31T23:59:59.999Z"'),

  // Sound outside, every entry broken.
  field('invalid_item', 'items', '[null,"100001"]'),
  field('invalid_item_id', 'items', '[{"item_id":100001.5,"quantity":-1}]'),
  field('invalid_quantity', 'items', '[{"item_id":100001,"quantity":"-1"}]'),
];

/** Broken entries to stand beside sound ones, as they are written into `items`. */
export const BROKEN_ENTRIES: readonly { readonly rules: readonly Rule[]; readonly entries: Buffer }[] = [
  entries(['invalid_item'], '7'),
  entries(['invalid_item_id'], '{"quantity":-1}'),
  entries(['invalid_quantity'], '{"item_id":100001,"quantity":0.5}'),
  entries(['invalid_item_id', 'invalid_quantity'], '{"item_id":"100001","quantity":null}'),
  entries(['number_out_of_range'], '{"item_id":2147483648,"quantity":-1}'),
  // Each fits, their sum does not.
  entries(['number_out_of_range'], '{"item_id":999999,"quantity":2147483647},{"item_id":999999,"quantity":1}'),
];

function entries(rules: readonly Rule[], json: string): { rules: readonly Rule[]; entries: Buffer } {
  return { rules, entries: Buffer.from(json) };
}

function field(rule: Rule, name: keyof JsonFields, json: string): MalformedKind {
  return { rules: [rule], value: (sound) => Buffer.from(document({ ...sound, [name]: json })) };
}

function extraField(rule: Rule, json: string): MalformedKind {
  return text(rule, (sound) => `${sound.slice(0, -1)},${json}}`);
}

function text(rule: Rule, change: (sound: string) => string): MalformedKind {
  return bytes(rule, (sound) => Buffer.from(change(sound)));
}

function bytes(rule: Rule, change: (sound: string) => Buffer): MalformedKind {
  return { rules: [rule], value: (sound) => change(document(sound)) };
}

function document(fields: JsonFields): string {
  const present = Object.entries(fields).filter(([, json]) => json !== '');
  return `{${present.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}
