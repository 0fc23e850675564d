import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RULES } from './rules.ts';
import { nested } from './testing/messages.ts';
import { naiveChange, naiveCount } from './testing/naive-contract.ts';
import { judgeChange, judgeChangePlainly, judgeCount, REFERENCE, scanned, SENT_AT } from './testing/parse.ts';

vi.setConfig({ testTimeout: 60_000 });

const WORLD = { reference: REFERENCE, sentAt: SENT_AT };
const KNOWN_RULES: ReadonlySet<string> = new Set(RULES);

const often = <Value>(arbitrary: fc.Arbitrary<Value>, weight: number) => ({ arbitrary, weight });
const quoted = (text: string): string => JSON.stringify(text);

/** Raw JSON at the borders of the contract, and a little beyond JSON. */
const EDGES = `null true "" "x" {} [] 0 -0 1 3.0 3e0 1.5 1e400 -1e400 1e16 1e-400
  32767 32768 -32768 -32769 2147483647 2147483648 -2147483648 -2147483649
  9007199254740991 9007199254740992 -9007199254740992 9007199254740991.4 123456789012345678901234567890
  "\\ud800" "\\ud83d\\ude00" "\\\\ud800" "\\"[{" "\ufffd" "😀"
  {"__proto__":1} {"a":{"__proto__":1}} [[1e400]] NaN 01 undefined`.split(/\s+/);
const DEEP = [29, 30, 31, 32, 60].map(nested);
const JSON_TEXT = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
const NASTY = fc.oneof(often(fc.constantFrom(...EDGES, ...DEEP), 3), often(JSON_TEXT, 1));

const moment = fc.oneof(
  often(fc.integer({ min: SENT_AT - 9e8, max: SENT_AT + 8e7 }), 9),
  often(fc.constantFrom(SENT_AT + 86_400_000, SENT_AT + 86_400_001, 0, Date.UTC(2299, 11, 31)), 1),
);
const isoText = moment.map((time) => new Date(time).toISOString());
const dateTime = fc.oneof(
  often(isoText.map(quoted), 9),
  often(
    isoText.map((text) => quoted(text.slice(0, 19).replace('T', ' '))),
    2,
  ),
  often(fc.constantFrom('"2011-02-29 10:00:00"', '"2011-03-01T24:00:00Z"', '"2011-03-01T10:00:60Z"'), 1),
);
const transId = fc.oneof(
  often(fc.uuid().map(quoted), 9),
  often(fc.string({ unit: 'grapheme', maxLength: 8 }).map(quoted), 4),
  often(fc.constantFrom(`"${'ä'.repeat(2048)}"`, `"${'a'.repeat(4097)}"`), 1),
);
const quantity = fc.oneof(
  often(fc.integer({ min: -20, max: 20 }).map(String), 9),
  often(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String), 1),
);
const store = fc.oneof(often(fc.constantFrom('19', '20', '-1', '19.0'), 9), often(fc.constant('21'), 1));
const changeType = fc.oneof(often(fc.constantFrom('1', '2', '-3'), 9), often(fc.constant('9'), 1));
const employee = fc.oneof(often(fc.constantFrom('7', 'null', '-0'), 9), often(NASTY, 1));
const anyName = fc.constantFrom(
  ...'trans_id store_id item_id quantity __proto__ x toString \\u0078 \\ud800'.split(' '),
);

type Pair = readonly [name: string, raw: string];
type Spoil = (pairs: readonly Pair[]) => readonly Pair[];

/** An object of these fields; of a hundred, `spoilt` have some left out, changed, doubled or too many, in any order. */
function objectOf(fields: Readonly<Record<string, fc.Arbitrary<string>>>, spoilt: number): fc.Arbitrary<string> {
  const sound = fc.tuple(...Object.entries(fields).map(([name, value]) => value.map((raw): Pair => [name, raw])));
  const name = fc.constantFrom(...Object.keys(fields));
  const place = fc.nat({ max: 6 });
  const spoil: fc.Arbitrary<Spoil> = fc.oneof(
    name.map(
      (one): Spoil =>
        (pairs) =>
          pairs.filter(([other]) => other !== one),
    ),
    fc.tuple(name, NASTY).map(
      ([one, raw]): Spoil =>
        (pairs) =>
          pairs.map((pair) => (pair[0] === one ? [one, raw] : pair)),
    ),
    fc.tuple(fc.oneof(name, anyName), place, NASTY).map(
      ([one, to, raw]): Spoil =>
        (pairs) =>
          pairs.toSpliced(to, 0, [one, raw]),
    ),
  );
  const spoils = fc.oneof(
    often(fc.constant<Spoil[]>([]), 100 - spoilt),
    often(fc.array(spoil, { minLength: 1, maxLength: 2 }), spoilt),
  );
  return fc.tuple(sound, spoils).map(([pairs, all]) => {
    const texts = all.reduce<readonly Pair[]>((now, one) => one(now), pairs).map(([one, raw]) => `"${one}":${raw}`);
    return `{${texts.join(',')}}`;
  });
}

const item = objectOf({ item_id: fc.integer({ min: 1, max: 4 }).map(String), quantity }, 6);
const items = fc
  .array(fc.oneof(often(item, 30), often(NASTY, 1)), { minLength: 1, maxLength: 6 })
  .map((all) => `[${all.join(',')}]`);
const changeTexts = objectOf(
  { trans_id: transId, store_id: store, date_time: dateTime, change_type_id: changeType, items },
  25,
);
const countTexts = objectOf({ store_id: store, date_time: dateTime, employee_id: employee, items }, 25);

const PIECES = ['"', '\\', '{', '}', '[', ',', ':', '0', '-', 'e9', '\ufeff', '\\ud800', '"__proto__":1,', nested(33)];

/** Bytes cut, inserted or replaced anywhere. */
function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
  );
  const damage = fc.tuple(fc.nat(), fc.nat({ max: 4 }), piece);
  return fc.tuple(texts, fc.array(damage, { minLength: 1, maxLength: 3 })).map(([text, all]) => {
    let bytes = Buffer.from(text);
    for (const [at, length, inserted] of all) {
      const start = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + length)]);
    }
    return bytes;
  });
}

const KINDS = [
  ['transactions', changeTexts, judgeChange, (bytes: Buffer) => naiveChange(bytes, WORLD)],
  ['transactions by the plain parser', changeTexts, judgeChangePlainly, (bytes: Buffer) => naiveChange(bytes, WORLD)],
  ['counts', countTexts, judgeCount, (bytes: Buffer) => naiveCount(bytes, WORLD)],
] as const;

describe.each(KINDS)('%s', (_, texts, judge, naive) => {
  test('come out as a second reading of the contract says, field by field', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text);
        expect(judge(bytes)).toEqual(naive(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  test('come out as a second reading of the contract says, however their bytes are damaged', () => {
    fc.assert(
      fc.property(damaged(texts), (bytes) => {
        expect(judge(bytes)).toEqual(naive(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test('of any bytes become rows, or a rejection with rules that have a name, and never an error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 60, size: 'max' }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'grapheme', maxLength: 60, size: 'max' }).map((text) => Buffer.from(text)),
      JSON_TEXT.map((text) => Buffer.from(text)),
      damaged(texts),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const { rows, rules, brokenEntries } = judge(bytes);
        expect(rules.filter((rule) => !KNOWN_RULES.has(rule))).toEqual([]);
        // A whole record is rejected, or entries of it, or nothing.
        expect(rules.length > 0).toBe(rows.length === 0 || brokenEntries.length > 0);
      }),
      { numRuns: 2000 },
    );
  });
});

test('transactions that the scanner takes are read as the plain parser reads them', () => {
  const anything = fc.oneof(
    changeTexts.map((text) => Buffer.from(text)),
    damaged(changeTexts),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      const plain = judgeChangePlainly(bytes);
      expect(scanned(bytes, 0, bytes.length) ?? plain).toEqual(plain);
    }),
    { numRuns: 10_000 },
  );
});

test('the texts made for these tests are mostly sound and break every rule that a field can break', () => {
  const seen = new Map<string, number>();
  const see = (rules: readonly string[]): void => {
    for (const rule of rules.length === 0 ? ['sound'] : rules) seen.set(rule, (seen.get(rule) ?? 0) + 1);
  };
  for (const text of fc.sample(changeTexts, 4000)) see(judgeChange(text).rules);
  for (const text of fc.sample(countTexts, 2000)) see(judgeCount(text).rules);
  const elsewhere = /^(empty_message|message_too_large|invalid_utf8|not_an_object|conflicting|malformed)/;
  const missing = RULES.filter((rule) => !elsewhere.test(rule) && (seen.get(rule) ?? 0) < 5);
  expect(missing).toEqual([]);
  expect(seen.get('sound')).toBeGreaterThan(2000);
});
