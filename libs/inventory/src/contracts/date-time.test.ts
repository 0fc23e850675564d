import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { formatDateTime, parseDateTime } from './date-time.ts';

vi.setConfig({ testTimeout: 60_000 });

const VALID: readonly (readonly [string, number])[] = [
  ['2011-03-01T10:15:00.000Z', Date.UTC(2011, 2, 1, 10, 15)],
  ['2011-03-01 10:15:00', Date.UTC(2011, 2, 1, 10, 15)],
  ['2011-03-01T10:15:00', Date.UTC(2011, 2, 1, 10, 15)],
  ['2011-03-01 10:15:00Z', Date.UTC(2011, 2, 1, 10, 15)],
  ['2011-03-01 10:15:00.5', Date.UTC(2011, 2, 1, 10, 15, 0, 500)],
  ['2011-03-01 10:15:00.05', Date.UTC(2011, 2, 1, 10, 15, 0, 50)],
  ['2011-03-01 10:15:00.005Z', Date.UTC(2011, 2, 1, 10, 15, 0, 5)],
  ['2011-03-01 10:15:00.25Z', Date.UTC(2011, 2, 1, 10, 15, 0, 250)],
  ['1970-01-01T00:00:00.000Z', 0],
  ['2299-12-31T23:59:59.999Z', Date.UTC(2299, 11, 31, 23, 59, 59, 999)],
  ['2000-02-29 00:00:00', Date.UTC(2000, 1, 29)],
  ['2012-02-29 23:59:59', Date.UTC(2012, 1, 29, 23, 59, 59)],
  ['2024-12-31 00:00:00', Date.UTC(2024, 11, 31)],
];

const INVALID: readonly (readonly [string, string])[] = [
  ['29 February of a common year', '2011-02-29 10:15:00'],
  ['29 February of a century', '2100-02-29 10:15:00'],
  ['30 February', '2012-02-30 10:15:00'],
  ['31 April', '2011-04-31 10:15:00'],
  ['day 0', '2011-03-00 10:15:00'],
  ['day 32', '2011-03-32 10:15:00'],
  ['month 0', '2011-00-01 10:15:00'],
  ['month 13', '2011-13-01 10:15:00'],
  ['the year before the epoch', '1969-12-31 23:59:59'],
  ['the year after the last', '2300-01-01 00:00:00'],
  ['a year of five digits', '12011-03-01 10:15:00'],
  ['hour 24', '2011-03-01 24:00:00'],
  ['minute 60', '2011-03-01 10:60:00'],
  ['a leap second', '2016-12-31 23:59:60'],
  ['a missing second', '2011-03-01 10:15'],
  ['a date alone', '2011-03-01'],
  ['two spaces', '2011-03-01  10:15:00'],
  ['a small t', '2011-03-01t10:15:00'],
  ['a small z', '2011-03-01T10:15:00z'],
  ['an underscore between date and time', '2011-03-01_10:15:00'],
  ['slashes', '2011/03/01 10:15:00'],
  ['a point between hour and minute', '2011-03-01 10.15:00'],
  ['a point between minute and second', '2011-03-01 10:15.00'],
  ['a point without digits', '2011-03-01 10:15:00.'],
  ['a point without digits before Z', '2011-03-01 10:15:00.Z'],
  ['four digits behind the point', '2011-03-01 10:15:00.0000'],
  ['a comma for a point', '2011-03-01 10:15:00,000'],
  ['a letter in the fraction', '2011-03-01 10:15:00.0x0'],
  ['an offset', '2011-03-01T10:15:00+00:00'],
  ['Z twice', '2011-03-01T10:15:00ZZ'],
  ['trailing junk', '2011-03-01 10:15:00x'],
  ['a trailing space', '2011-03-01 10:15:00 '],
  ['a leading space', ' 2011-03-01 10:15:00'],
  ['a trailing NUL', '2011-03-01 10:15:00\0'],
  ['signs for digits', '2011-03-01 -1:15:00'],
  ['digits of another script', '２０11-03-01 10:15:00'],
  ['a letter for a digit of the hour', '2011-03-01 1x:15:00'],
  ['nothing', ''],
  ['a day that was valid with a broken time', '2011-03-01 99:15:00'],
];

const UNTIL_2300 = fc.integer({ min: 0, max: Date.UTC(2300, 0, 1) - 1 });

describe('date_time', () => {
  test.each(VALID)('%s is a moment', (text, moment) => {
    expect(parseDateTime(text)).toBe(moment);
  });

  test.each(INVALID)('%s is none: %s', (_, text) => {
    expect(parseDateTime(text)).toBeNaN();
  });

  test('a broken day is broken again, and the day before it still stands', () => {
    for (let repeat = 0; repeat < 2; repeat++) {
      expect(parseDateTime('2011-02-30 00:00:00')).toBeNaN();
      expect(parseDateTime('2011-03-01 00:00:00')).toBe(Date.UTC(2011, 2, 1));
    }
  });

  test('every millisecond of 1970 to 2299 survives being written and read', () => {
    fc.assert(
      fc.property(UNTIL_2300, (moment) => {
        expect(formatDateTime(moment)).toBe(new Date(moment).toISOString());
        expect(parseDateTime(formatDateTime(moment))).toBe(moment);
      }),
      { numRuns: 5000 },
    );
  });

  test('separator, Z and trailing zeros of the fraction carry no meaning', () => {
    const separator = fc.constantFrom('T', ' ');
    const zone = fc.constantFrom('Z', '');
    fc.assert(
      fc.property(UNTIL_2300, separator, zone, fc.boolean(), (moment, between, end, short) => {
        const written = formatDateTime(moment).slice(0, -1);
        const fraction = short ? written.slice(19).replace(/\.?0+$/, '') : written.slice(19);
        expect(parseDateTime(written.slice(0, 10) + between + written.slice(11, 19) + fraction + end)).toBe(moment);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is read is what the calendar says, or nothing', () => {
    const field = (max: number, digits: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(digits, '0'));
    const year = fc.integer({ min: 1965, max: 2305 }).map(String);
    fc.assert(
      fc.property(year, field(14, 2), field(33, 2), field(25, 2), (years, months, days, hours) => {
        const text = `${years}-${months}-${days}T${hours}:59:59.000Z`;
        const moment = new Date(text);
        // Date rolls 30 February over and takes 24:00:00; the contract does neither.
        const isReal = !Number.isNaN(moment.getTime()) && moment.toISOString() === text;
        const isInRange = Number(years) >= 1970 && Number(years) <= 2299;
        expect(parseDateTime(text)).toBe(isReal && isInRange ? moment.getTime() : Number.NaN);
      }),
      { numRuns: 5000 },
    );
  });
});
