import { Buffer } from 'node:buffer';

/** A record somewhere in the bytes of a batch. */
export type FuzzedSpan = { readonly bytes: Buffer; readonly start: number; readonly end: number };

export type Pick = (limit: number) => number;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const BORDERS = words(`0 -0 00 01 -01 -1 9 -9 9999 -9999 10000 32767 32768 -32768 -32769 99999999 999999999 -999999999
  1000000000 2147483647 2147483648 -2147483648 -2147483649 9007199254740991 9007199254740992 1.0 1.5 1e0 1E+1 .1 1. - + +1
  --1 0x1 1_0 NaN null true "1" [1] {} "" \\u0031 1\\u0000`).concat('', ' 1', '1 ', '1\t', '\n1', '1 1');
const DAYS = words(`2011-03-01 2011-03-01 2011-02-28 2011-02-29 2012-02-29 2011-04-31 2011-13-01 2011-00-01 2011-01-00
  1970-01-01 1969-12-31 2299-12-31 2300-01-01 2011-3-01 02011-03-1 2011/03/01 2011-03-02 2011-0a-01 +011-03-01`);
const CLOCKS = words(`00:00:00 10:15:00 11:59:59 12:00:00 23:59:59 24:00:00 10:60:00 10:15:60 10:15 1:15:00 10-15-00
  10:15:0: 1a:15:00 -1:15:00`);
const FRACTIONS = ['', '.000', '.001', '.999', '.5', '.05', '.', '.0000', '.00a', ',000', '.-01', '000'];
const ZONES = ['Z', 'Z', '', 'z', 'ZZ', '+00:00', ' ', '"'];
const TRANS_IDS = words(
  `B260DE2D-0000-4000-8000-000000000001 a ~ é 😀 \\u0061 \\\\ \\" \\n \\ud800 \ufffd \u007f \u0080 __proto__ }]`,
)
  .concat('', ' ', 'a b', '\t', '\n', '\u0000', '\u001f')
  .concat('x'.repeat(4096), 'x'.repeat(4097));
const NAMES = words(`trans_id store_id date_time change_type_id items item_id quantity __proto__ note Trans_id trans_ids
  trans_i store\\u005fid é toString`).concat('', 'items ');
const GAPS = [' ', '  ', '\t', '\n', '\r', '\v', '\u00a0', '/**/', ',', ':', ''];
const PIECES = Buffer.from('{}[]",:\\/0123456789.eE+-tfnu \t\n\r\u0000\u007fTZSsqic_');

type Pair = readonly [name: string, raw: string];

/** Messages like those of tills, most of them with something odd, for whoever reads them in two ways. */
export class ChangeFuzz {
  readonly #pick: Pick;

  constructor(seed: number) {
    this.#pick = picker(seed);
  }

  /** The bytes around the record are a message's too, so that a reader that goes too far is led astray. */
  next(): FuzzedSpan {
    const value = this.#mutated(Buffer.from(this.#message()));
    const cut = this.#once(8) ? this.#pick(Math.min(value.length, 40) + 1) : 0;
    const before = this.#once(2) ? '' : '{"trans_id":"';
    const behind = this.#of(['', '{"', '}', ',"note":1}', '"', ' ', '1', '.5']);
    const bytes = Buffer.concat([Buffer.from(before), value, Buffer.from(behind)]);
    const end = before.length + value.length;
    const beyond = this.#once(12) ? Math.min(2, behind.length) : 0;
    return { bytes, start: before.length, end: cut > 0 ? end - cut : end + beyond };
  }

  #message(): string {
    const fields: readonly Pair[] = [
      ['trans_id', `"${this.#rarely(TRANS_IDS) ?? `T-${this.#pick(1e6)}`}"`],
      ['store_id', this.#rarely(BORDERS) ?? this.#of(['19', '20', '-1', this.#once(20) ? '21' : '19'])],
      ['date_time', `"${this.#dateTime()}"`],
      ['change_type_id', this.#rarely(BORDERS) ?? this.#of(['1', '2', '-3', this.#once(20) ? '9' : '1'])],
      ['items', this.#rarely(BORDERS) ?? this.#items()],
    ];
    return this.#object(fields);
  }

  #items(): string {
    const count = this.#once(40) ? this.#pick(70) : 1 + this.#pick(3);
    const ids = this.#once(3) ? 3 : 1000;
    const entries = Array.from({ length: count }, () =>
      this.#object([
        ['item_id', this.#rarely(BORDERS) ?? `${this.#pick(ids)}`],
        ['quantity', this.#rarely(BORDERS) ?? `${this.#pick(20) - 10}`],
      ]),
    );
    return `[${this.#gap()}${entries.join(this.#separator(','))}]`;
  }

  #dateTime(): string {
    const separator = this.#once(30) ? 't' : this.#of(['T', ' ']);
    const fraction = this.#rarely(FRACTIONS) ?? this.#of(['.000', '.123', '']);
    return `${this.#rarely(DAYS) ?? '2011-03-01'}${separator}${this.#rarely(CLOCKS) ?? '10:15:00'}${fraction}${this.#rarely(ZONES) ?? 'Z'}`;
  }

  #object(sound: readonly Pair[]): string {
    let pairs = [...sound];
    if (this.#once(4)) pairs = pairs.toSorted(() => this.#pick(3) - 1);
    if (this.#once(60)) pairs.splice(this.#pick(pairs.length), 1);
    if (this.#once(40)) pairs.splice(this.#pick(pairs.length + 1), 0, [this.#of(NAMES), this.#of(BORDERS)]);
    if (this.#once(60)) pairs.push(this.#of(pairs.length > 0 ? pairs : sound));
    const [colon, comma] = [this.#separator(':'), this.#separator(',')];
    return `{${this.#gap()}${pairs.map(([name, raw]) => `"${name}"${colon}${raw}`).join(comma)}${this.#gap()}}`;
  }

  #separator(sign: string): string {
    return this.#once(3) ? `${this.#gap()}${sign} ` : `${sign}${this.#gap()}`;
  }

  #gap(): string {
    return this.#rarely(GAPS) ?? '';
  }

  /** Half of them as they are, the others with bytes lost, changed, added or said again. */
  #mutated(value: Buffer): Buffer {
    if (this.#once(2)) return value;
    const at = this.#pick(value.length + 1);
    const [before, behind] = [value.subarray(0, at), value.subarray(at)];
    const byte = this.#once(6) ? this.#pick(256) : PIECES[this.#pick(PIECES.length)]!;
    switch (this.#pick(4)) {
      case 0:
        return Buffer.concat([before, behind.subarray(1)]);
      case 1:
        return Buffer.concat([before, Buffer.from([byte]), behind.subarray(1)]);
      case 2:
        return Buffer.concat([before, Buffer.from([byte]), behind]);
      default:
        return Buffer.concat([before, behind.subarray(0, this.#pick(30)), behind]);
    }
  }

  #rarely(texts: readonly string[]): string | undefined {
    return this.#once(50) ? this.#of(texts) : undefined;
  }

  #of<Value>(values: readonly Value[]): Value {
    return values[this.#pick(values.length)]!;
  }

  #once(times: number): boolean {
    return this.#pick(times) === 0;
  }
}

/** Numbers from 0 up to a limit, the same for the same seed (mulberry32). */
export function picker(seed: number): Pick {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash = (hash + Math.imul(hash ^ (hash >>> 7), hash | 61)) ^ hash;
    return ((hash ^ (hash >>> 14)) >>> 0) % limit;
  };
}
