const DAY_LENGTH = 'YYYY-MM-DD'.length;

/** Consecutive events mostly share their day, and a calendar look-up costs more than the rest of the parse. */
let cachedDay = '';
let cachedDayMs = Number.NaN;

/**
 * Epoch milliseconds of `YYYY-MM-DD[T ]HH:MM:SS[.f[f[f]]][Z]`, always UTC; NaN for anything else.
 * Years 1970 to 2299, real calendar days, no leap seconds.
 */
export function parseDateTime(text: string): number {
  const length = text.length;
  if (length < 19 || length > 24) return Number.NaN;
  const separator = text.charCodeAt(10);
  if (separator !== 0x54 && separator !== 0x20) return Number.NaN;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return Number.NaN;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Written so that NaN from a missing digit fails too.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  return parseDay(text) + hour * 3_600_000 + minute * 60_000 + second * 1000 + parseFraction(text);
}

const DAY_MS = 24 * 60 * 60 * 1000;

let formattedDay = Number.NaN;
let formattedPrefix = '';

/** `2011-03-01T10:15:00.000Z`, for years of four digits. The day is kept for the next call, as when parsing. */
export function formatDateTime(epochMilliseconds: number): string {
  const day = Math.floor(epochMilliseconds / DAY_MS);
  if (day !== formattedDay) {
    formattedDay = day;
    formattedPrefix = new Date(day * DAY_MS).toISOString().slice(0, DAY_LENGTH + 1);
  }
  const time = epochMilliseconds - day * DAY_MS;
  const seconds = Math.floor(time / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}:${digits(seconds % 60)}`;
  return `${formattedPrefix}${clock}.${String(time % 1000).padStart(3, '0')}Z`;
}

function digits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function parseDay(text: string): number {
  const day = text.slice(0, DAY_LENGTH);
  if (day === cachedDay) return cachedDayMs;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (match === null) return Number.NaN;
  const epochMilliseconds = dayStart(Number(match[1]), Number(match[2]), Number(match[3]));
  if (Number.isNaN(epochMilliseconds)) return Number.NaN;
  cachedDay = day;
  cachedDayMs = epochMilliseconds;
  return epochMilliseconds;
}

/** Epoch milliseconds of a real calendar day of the years 1970 to 2299; NaN for anything else. */
export function dayStart(year: number, month: number, date: number): number {
  const isInRange = year >= 1970 && year <= 2299 && month >= 1 && month <= 12 && date >= 1;
  const epochMilliseconds = Date.UTC(year, month - 1, date);
  // Date.UTC rolls 31 April over to 1 May; a calendar does not.
  return isInRange && new Date(epochMilliseconds).getUTCDate() === date ? epochMilliseconds : Number.NaN;
}

/** Milliseconds after the seconds, with an optional Z; NaN when something else follows. */
function parseFraction(text: string): number {
  let end = text.length;
  if (text.charCodeAt(end - 1) === 0x5a) end--;
  if (end === 19) return 0;
  if (text.charCodeAt(19) !== 0x2e || end < 21 || end > 23) return Number.NaN;
  let milliseconds = 0;
  for (let position = 20; position < 23; position++) {
    const digit = position < end ? text.charCodeAt(position) - 0x30 : 0;
    if (digit < 0 || digit > 9) return Number.NaN;
    milliseconds = milliseconds * 10 + digit;
  }
  return milliseconds;
}

function twoDigits(text: string, position: number): number {
  const tens = text.charCodeAt(position) - 0x30;
  const ones = text.charCodeAt(position + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
