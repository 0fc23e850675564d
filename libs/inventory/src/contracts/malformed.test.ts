import { expect, test, vi } from 'vitest';
import { ChangeLines } from './change-lines.ts';
import { CountEntries } from './count-entries.ts';
import { parseChange } from './parse-change.ts';
import { parseCount } from './parse-count.ts';
import { Rejections, RULES } from './rules.ts';
import { malformedMessages, type Kind } from './testing/malformed.ts';
import { REFERENCE, SENT_AT } from './testing/parse.ts';

vi.setConfig({ testTimeout: 60_000 });

const CHUNK = 2000;
const RUN_SEED = Math.floor(Math.random() * 2 ** 32);

const PARSERS: Readonly<Record<Kind, (values: readonly (Buffer | null)[]) => Rejections>> = {
  change: (values) => {
    const lines = new ChangeLines();
    const rejections = new Rejections();
    values.forEach((value, record) => parseChange(spanOf(value, record), { reference: REFERENCE, lines, rejections }));
    expect(lines.count).toBe(0);
    return rejections;
  },
  count: (values) => {
    const entries = new CountEntries();
    const rejections = new Rejections();
    values.forEach((value, record) => parseCount(spanOf(value, record), { reference: REFERENCE, entries, rejections }));
    expect(entries.count).toBe(0);
    return rejections;
  },
};

function spanOf(value: Buffer | null, record: number) {
  if (value === null) return { record, bytes: Buffer.alloc(0), start: -1, end: -1, timestamp: SENT_AT };
  return { record, bytes: value, start: 0, end: value.length, timestamp: SENT_AT };
}

// 100,000 together. A fixed seed shows in every run what a change has broken, the other one what nobody has seen yet.
test.each([
  ['change', 1, 40_000],
  ['change', RUN_SEED, 20_000],
  ['count', 1, 20_000],
  ['count', RUN_SEED, 20_000],
] as const)(
  'every malformed message gives one rejection and no error: %s, seed %i, %i messages',
  (kind, seed, count) => {
    const seen = new Set<string>();
    for (let done = 0; done < count; done += CHUNK) {
      const messages = malformedMessages(kind, seed + done, CHUNK);
      const rejections = PARSERS[kind](messages.map(({ value }) => value));
      const unlike = messages.flatMap(({ value, rules, what }, record) => {
        const given = [...(rejections.byRecord.get(record)?.rules ?? [])];
        for (const rule of given) seen.add(rule);
        const isExpected = given.length > 0 && given.every((rule) => rules.includes(rule));
        return isExpected ? [] : [{ what, given, rules, start: value?.toString('latin1', 0, 200) }];
      });
      expect(unlike).toEqual([]);
    }
    const ofOtherRecords = kind === 'change' ? ['invalid_employee_id'] : ['invalid_trans_id', 'invalid_change_type_id'];
    const elsewhere = [
      'unknown_store',
      'unknown_change_type',
      'conflicting_duplicate',
      'malformed_row',
      'malformed_header',
    ];
    const missing = RULES.filter((rule) => ![...seen, ...elsewhere, ...ofOtherRecords].includes(rule));
    expect(missing).toEqual([]);
  },
);
