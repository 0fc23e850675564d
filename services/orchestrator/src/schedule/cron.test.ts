import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCron } from './cron.ts';

function dueTimes(cron: string, timeZone: string, from: string, count: number): string[] {
  const times = parseCron(cron, timeZone);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count;) {
    at = times.next(at)!;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('in Helsinki clocks go from 03:00 to 04:00 on 29 March and from 04:00 to 03:00 on 25 October 2026', () => {
  test.each([
    ['every night', '30 2 * * *', '2026-03-28T12:00Z', ['2026-03-29T00:30', '2026-03-29T23:30']],
    [
      'a time that is skipped comes at the end of the gap',
      '30 3 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    ['two skipped times come as one', '15,45 3 * * *', '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:15']],
    [
      'a time that repeats comes the first time',
      '30 3 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'every half hour goes on through the gap',
      '*/30 * * * *',
      '2026-03-29T00:20Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
    [
      'every hour goes on through the hour that repeats',
      '0 * * * *',
      '2026-10-24T23:30Z',
      ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ],
  ])('%s', (_, cron, from, expected) => {
    expect(dueTimes(cron, 'Europe/Helsinki', from, expected.length)).toEqual(expected);
  });

  test('a time within the hour that repeats has come, whichever of the two hours it is', () => {
    const { next } = parseCron('30 3 * * *', 'Europe/Helsinki');
    expect(new Date(next(Date.parse('2026-10-25T01:10Z'))!).toISOString()).toBe('2026-10-26T01:30:00.000Z');
  });
});

test('midnight that is skipped comes at one o’clock', () => {
  expect(dueTimes('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 2)).toEqual([
    '2026-09-06T04:00',
    '2026-09-07T03:00',
  ]);
});

test('days of the month and of the week are either, as ever in cron', () => {
  expect(dueTimes('0 12 13 * 5', 'Etc/UTC', '2026-01-05T00:00Z', 3)).toEqual([
    '2026-01-09T12:00',
    '2026-01-13T12:00',
    '2026-01-16T12:00',
  ]);
});

test.each([
  ['@hourly', '2026-01-01T01:00'],
  ['@daily', '2026-01-02T00:00'],
  ['0 6 * * MON-FRI', '2026-01-01T06:00'],
  ['*/15 * * * *', '2026-01-01T00:15'],
  ['0 0 29 2 *', '2028-02-29T00:00'],
])('%s', (cron, first) => {
  expect(dueTimes(cron, 'Etc/UTC', '2026-01-01T00:00Z', 1)).toEqual([first]);
});

test.each([
  ['61 * * * *', 'Etc/UTC', /'61 \* \* \* \*'.*minute/],
  ['* * * *', 'Etc/UTC', /five fields/],
  ['', 'Etc/UTC', /five fields/],
  ['* * * * * *', 'Etc/UTC', /five fields/],
  ['TZ=UTC * * * * *', 'Etc/UTC', /five fields/],
  ['2030-01-01T00:00:00', 'Etc/UTC', /five fields/],
  ['? * * * *', 'Etc/UTC', /five fields/],
  ['@reboot', 'Etc/UTC', /@reboot/],
  ['0 0 30 2 *', 'Etc/UTC', /never comes/],
  ['0 0 * * *', 'Mars/Base', /no time zone 'Mars\/Base'/],
])('%s in %s is refused in one line', (cron, timeZone, message) => {
  expect(() => parseCron(cron, timeZone)).toThrow(RangeError);
  expect(() => parseCron(cron, timeZone)).toThrow(message);
  expect(() => parseCron(cron, timeZone)).not.toThrow(/\n/);
});

test('the next time lies ahead, on a full minute, and is the same from any moment before it', () => {
  const cron = fc.constantFrom('30 3 * * *', '*/7 * * * *', '0 */5 * * *', '15,45 2,3 * * 1-5', '0 0 1 * *');
  const timeZone = fc.constantFrom('Etc/UTC', 'Europe/Helsinki', 'America/New_York', 'Australia/Lord_Howe');
  const at = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2028-01-01') });
  fc.assert(
    fc.property(cron, timeZone, at, fc.double({ min: 0, max: 1, noNaN: true }), (text, zone, afterMs, share) => {
      const { next } = parseCron(text, zone);
      const due = next(afterMs)!;
      expect(due).toBeGreaterThan(afterMs);
      expect(due % 60_000).toBe(0);
      expect(next(afterMs + Math.floor((due - 1 - afterMs) * share))).toBe(due);
    }),
    { numRuns: 300 },
  );
});
