import { dayStart } from './date-time.ts';
import { isInt32, MAX_MESSAGE_BYTES, MAX_TRANS_ID_BYTES } from './limits.ts';

/** A field of the contract: its name as it stands in the text, and the bit that stands for it. */
type Field = { readonly text: Buffer; readonly bit: number };

const field = (name: string, index: number): Field => ({ text: Buffer.from(`"${name}":`), bit: 1 << index });
const TRANS_ID = field('trans_id', 0);
const STORE_ID = field('store_id', 1);
const DATE_TIME = field('date_time', 2);
const CHANGE_TYPE_ID = field('change_type_id', 3);
const ITEMS = field('items', 4);
const ITEM_ID = field('item_id', 5);
const QUANTITY = field('quantity', 6);
const ITEM_FIELDS = ITEM_ID.bit | QUANTITY.bit;
const ALL_FIELDS = 0b1111111;

const [SPACE, QUOTE, COMMA, MINUS, POINT, ZERO, COLON] = [0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x3a];
const [BACKSLASH, LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE, DELETE] = [0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f];
const LETTER = { c: 0x63, d: 0x64, i: 0x69, s: 0x73, t: 0x74, T: 0x54, Z: 0x5a } as const;

/** Any integer of so many digits is far from the limits of its type. */
const INT32_DIGITS = 9;
const INT16_DIGITS = 4;
const MAX_ITEMS = 64;

/**
 * Reads a transaction straight from its bytes, when it has the shape that tills send: exactly the fields of the
 * contract, each once, in any order, with short plain integers and plain ASCII texts. It knows such messages alone and
 * refuses every other, sound or not: what those mean is for `JSON.parse` and the rules to say.
 *
 * After a `scan` that returned true the fields hold what it read; otherwise they mean nothing.
 */
export class ChangeScanner {
  transIdStart = 0;
  transIdEnd = 0;
  storeId = 0;
  changeTypeId = 0;
  /** Epoch milliseconds. */
  dateTime = 0;
  /** Distinct items, in the order in which they first occur. */
  itemCount = 0;
  readonly itemIds = new Int32Array(MAX_ITEMS);
  /** Sum over the item's entries. */
  readonly quantities = new Int32Array(MAX_ITEMS);

  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #seen = 0;
  #integer = 0;
  #itemId = 0;
  #quantity = 0;
  #day = Number.NaN;
  #dayStart = 0;

  /** May look at bytes behind `end`, but accepts nothing that does not end there. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#seen = 0;
    this.itemCount = 0;
    if (end - start > MAX_MESSAGE_BYTES || !this.#take(LEFT_BRACE)) return false;
    do {
      if (!this.#field()) return false;
    } while (this.#takeComma());
    return this.#take(RIGHT_BRACE) && this.#seen === ALL_FIELDS && this.#at === end;
  }

  /** All names differ in their first letter. */
  #field(): boolean {
    switch (this.#bytes[this.#at + 1]!) {
      case LETTER.t:
        return this.#transId();
      case LETTER.s:
        return this.#storeId();
      case LETTER.d:
        return this.#dateTime();
      case LETTER.c:
        return this.#changeTypeId();
      case LETTER.i:
        return this.#items();
      default:
        return false;
    }
  }

  #transId(): boolean {
    if (!this.#takeName(TRANS_ID) || !this.#take(QUOTE)) return false;
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
      // Not the other way round: behind the last byte all comparisons are false.
      if (!(byte >= SPACE && byte < DELETE) || byte === BACKSLASH) return false;
    }
    this.transIdStart = start;
    this.transIdEnd = at;
    this.#at = at + 1;
    return at > start && at - start <= MAX_TRANS_ID_BYTES;
  }

  #storeId(): boolean {
    if (!this.#takeName(STORE_ID) || !this.#takeInteger(INT32_DIGITS)) return false;
    this.storeId = this.#integer;
    return true;
  }

  #changeTypeId(): boolean {
    if (!this.#takeName(CHANGE_TYPE_ID) || !this.#takeInteger(INT16_DIGITS)) return false;
    this.changeTypeId = this.#integer;
    return true;
  }

  #items(): boolean {
    if (!this.#takeName(ITEMS) || !this.#take(LEFT_BRACKET)) return false;
    do {
      if (!this.#item()) return false;
    } while (this.#takeComma());
    return this.#take(RIGHT_BRACKET);
  }

  #item(): boolean {
    if (!this.#take(LEFT_BRACE)) return false;
    this.#seen &= ~ITEM_FIELDS;
    do {
      if (!this.#itemField()) return false;
    } while (this.#takeComma());
    const isWhole = (this.#seen & ITEM_FIELDS) === ITEM_FIELDS;
    return isWhole && this.#take(RIGHT_BRACE) && this.#fold(this.#itemId, this.#quantity);
  }

  #itemField(): boolean {
    const isItemId = this.#bytes[this.#at + 1] === LETTER.i;
    if (!this.#takeName(isItemId ? ITEM_ID : QUANTITY) || !this.#takeInteger(INT32_DIGITS)) return false;
    if (isItemId) this.#itemId = this.#integer;
    else this.#quantity = this.#integer;
    return true;
  }

  #fold(itemId: number, quantity: number): boolean {
    const { itemIds, quantities, itemCount } = this;
    for (let index = 0; index < itemCount; index++) {
      if (itemIds[index] !== itemId) continue;
      const sum = quantities[index]! + quantity;
      quantities[index] = sum;
      return isInt32(sum);
    }
    if (itemCount === MAX_ITEMS) return false;
    itemIds[itemCount] = itemId;
    quantities[itemCount] = quantity;
    this.itemCount = itemCount + 1;
    return true;
  }

  /** `YYYY-MM-DD[T ]HH:MM:SS[.fff][Z]` in quotes. */
  #dateTime(): boolean {
    if (!this.#takeName(DATE_TIME) || !this.#take(QUOTE)) return false;
    const start = this.#at;
    const separator = this.#bytes[start + 10];
    if (separator !== LETTER.T && separator !== SPACE) return false;
    this.dateTime = this.#dayAt(start) + this.#clockAt(start + 11);
    this.#at = start + 19;
    this.dateTime += this.#millisecond();
    this.#take(LETTER.Z);
    return !Number.isNaN(this.dateTime) && this.#take(QUOTE);
  }

  /** Milliseconds since midnight at `HH:MM:SS`; NaN for anything else. */
  #clockAt(at: number): number {
    if (this.#bytes[at + 2] !== COLON || this.#bytes[at + 5] !== COLON) return Number.NaN;
    const hour = this.#digits(at, 2);
    const minute = this.#digits(at + 3, 2);
    const second = this.#digits(at + 6, 2);
    const isReal = hour <= 23 && minute <= 59 && second <= 59;
    return isReal ? hour * 3_600_000 + minute * 60_000 + second * 1000 : Number.NaN;
  }

  #millisecond(): number {
    if (!this.#take(POINT)) return 0;
    this.#at += 3;
    return this.#digits(this.#at - 3, 3);
  }

  /** Consecutive events mostly share their day: its start is kept for the next one. NaN for anything but a day. */
  #dayAt(at: number): number {
    if (this.#bytes[at + 4] !== MINUS || this.#bytes[at + 7] !== MINUS) return Number.NaN;
    const year = this.#digits(at, 4);
    const month = this.#digits(at + 5, 2);
    const date = this.#digits(at + 8, 2);
    const day = (year * 100 + month) * 100 + date;
    if (day === this.#day) return this.#dayStart;
    this.#day = day;
    this.#dayStart = dayStart(year, month, date);
    return this.#dayStart;
  }

  /** NaN when one of them is no digit. */
  #digits(at: number, count: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let index = at; index < at + count; index++) {
      const digit = bytes[index]! - ZERO;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      value = value * 10 + digit;
    }
    return value;
  }

  /** An integer of at most so many digits, neither `-0` nor with a leading zero. What comes behind it is for the caller to see. */
  #takeInteger(maxDigits: number): boolean {
    const isNegative = this.#take(MINUS);
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      if (at - start === maxDigits) return false;
      value = value * 10 + digit;
    }
    this.#at = at;
    this.#integer = isNegative ? -value : value;
    const hasLeadingZero = bytes[start] === ZERO && (isNegative || at > start + 1);
    return at > start && !hasLeadingZero;
  }

  /** A name that has not occurred yet, with its colon. */
  #takeName({ text, bit }: Field): boolean {
    if ((this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    const bytes = this.#bytes;
    const start = this.#at;
    for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text[index]) return false;
    this.#at = start + text.length;
    this.#skipSpace();
    return true;
  }

  #takeComma(): boolean {
    if (!this.#take(COMMA)) return false;
    this.#skipSpace();
    return true;
  }

  /** Some tills write one space behind a colon or a comma. */
  #skipSpace(): void {
    if (this.#bytes[this.#at] === SPACE) this.#at++;
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }
}
