import { Buffer } from 'node:buffer';
import { picker, type Pick } from './change-fuzz.ts';
import { changeText, countText, nested } from './messages.ts';

export type Kind = 'change' | 'count';

/** A message that cannot count, and the rules it may be rejected for. */
export type Malformed = {
  readonly what: string;
  readonly value: Buffer | null;
  readonly rules: readonly string[];
};

const MIB = 1024 * 1024;
const TEXT_RULES = ['invalid_json', 'invalid_utf8', 'nested_too_deep', 'not_an_object', 'number_out_of_range'];
const FIELD_RULES = ['invalid_trans_id', 'invalid_store_id', 'invalid_date_time', 'invalid_change_type_id', 'no_items'];
const ITEM_RULES = ['invalid_item', 'invalid_item_id', 'invalid_quantity', 'number_out_of_range'];
const WRONG_TYPES = ['null', 'true', '[1]', '{"a":1}', '1.5', '-0.1', '"x"', '""', '"\\u0000"'];
/** Where the field takes some of those. */
const WRONG_TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  trans_id: ['null', 'true', '7', '[]', '{}', '""'],
  items: ['null', 'true', '7', '"x"', '{}', '[]'],
};
const LARGE = ['1e400', '-1e400', '9007199254740992', '-9007199254740993', '1e16', '123456789012345678901234567890'];
const NOT_JSON = ['NaN', 'Infinity', 'undefined', '0x10', '01', "'x'", '1,', '"\t"', '"\\x"', '"\\ud800"'];
const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  change: ['trans_id', 'store_id', 'date_time', 'change_type_id', 'items'],
  count: ['store_id', 'date_time', 'items'],
};

type Recipe = (kind: Kind, pick: Pick) => Omit<Malformed, 'what'>;

const textOf = (kind: Kind, fields: Readonly<Record<string, string | undefined>>): string =>
  kind === 'change' ? changeText(fields) : countText(fields);
const of = (texts: readonly string[], pick: Pick): string => texts[pick(texts.length)]!;
const broken = (text: string, ...rules: readonly string[]) => ({ value: Buffer.from(text), rules });

/** Just too deep, and once in twenty far too deep. */
function depth(pick: Pick): number {
  return pick(20) === 0 ? 10_000 : 32 + pick(100);
}

/** A field that takes the given raw JSON in a record that is sound otherwise: one that the contract names, or another. */
function inSomeField(kind: Kind, pick: Pick, raw: string): string {
  return textOf(kind, { [of([...FIELDS[kind], 'unknown'], pick)]: raw });
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  tombstone: () => ({ value: null, rules: ['empty_message'] }),
  empty: () => broken('', 'empty_message'),
  truncated: (kind, pick) => {
    const text = textOf(kind, {});
    return broken(text.slice(0, 1 + pick(text.length - 1)), 'invalid_json');
  },
  'trailing junk': (kind, pick) => broken(textOf(kind, {}) + of(['}', 'x', '{}', '\0', ','], pick), 'invalid_json'),
  'invalid UTF-8': (kind, pick) => {
    const bytes = Buffer.from(textOf(kind, {}));
    bytes[pick(bytes.length)] = 0x80 + pick(128);
    return { value: bytes, rules: ['invalid_utf8'] };
  },
  'random bytes': (_, pick) => {
    const value = Buffer.from(Array.from({ length: 1 + pick(40) }, () => pick(256)));
    return { value, rules: TEXT_RULES };
  },
  deep: (kind, pick) => broken(inSomeField(kind, pick, nested(depth(pick))), 'nested_too_deep'),
  'deep and open': (kind, pick) =>
    broken(textOf(kind, {}).slice(0, -1) + ',"a":['.repeat(depth(pick)), 'nested_too_deep'),
  'not JSON in a field': (kind, pick) => broken(inSomeField(kind, pick, of(NOT_JSON, pick)), 'invalid_json'),
  'byte order mark': (kind) => broken(`\ufeff${textOf(kind, {})}`, 'invalid_json'),
  'no object': (_, pick) => broken(of(['null', '7', '"x"', '[]', '[{}]', 'true', '1e400'], pick), 'not_an_object'),
  'forbidden field': (kind, pick) =>
    broken(
      of([`{"__proto__":1,${textOf(kind, {}).slice(1)}`, textOf(kind, { items: '[{"__proto__":{}}]' })], pick),
      'forbidden_field',
    ),
  'large number': (kind, pick) => broken(inSomeField(kind, pick, of(LARGE, pick)), 'number_out_of_range'),
  'out of Int32': (kind, pick) =>
    broken(textOf(kind, { store_id: of(['2147483648', '-2147483649'], pick) }), 'number_out_of_range'),
  'wrong type': (kind, pick) => {
    const field = of(FIELDS[kind], pick);
    const raw = of(WRONG_TYPES_OF[field] ?? WRONG_TYPES, pick);
    return broken(textOf(kind, { [field]: raw }), ...FIELD_RULES);
  },
  'wrong employee': (kind, pick) =>
    kind === 'count'
      ? broken(countText({ employee_id: of(['"x"', '1.5', '[]', '2147483648'], pick) }), 'invalid_employee_id')
      : broken(changeText({ trans_id: '{}' }), 'invalid_trans_id'),
  'missing field': (kind, pick) => broken(textOf(kind, { [of(FIELDS[kind], pick)]: undefined }), ...FIELD_RULES),
  'the future': (kind) => broken(textOf(kind, { date_time: '"2299-12-31 23:59:59"' }), 'future_date_time'),
  'broken items': (kind, pick) => {
    const item = (): string =>
      of(['null', '7', '[]', '{}', '{"item_id":"1","quantity":1}', '{"item_id":1,"quantity":2147483648}'], pick);
    return broken(textOf(kind, { items: `[${Array.from({ length: 1 + pick(5) }, item).join(',')}]` }), ...ITEM_RULES);
  },
};

/** One in ten thousand is larger than a message may be; they are too slow to make for more. */
const HUGE: Recipe = (kind, pick) =>
  broken(textOf(kind, { unknown: `"${'a'.repeat(MIB + pick(MIB))}"` }), 'message_too_large');
const HUGE_EVERY = 10_000;

export function malformedMessages(kind: Kind, seed: number, count: number): readonly Malformed[] {
  const pick = picker(seed);
  const names = Object.keys(RECIPES);
  return Array.from({ length: count }, (_, index) => {
    const what = (seed + index) % HUGE_EVERY === 0 ? 'huge' : of(names, pick);
    return { what, ...(what === 'huge' ? HUGE : RECIPES[what]!)(kind, pick) };
  });
}
