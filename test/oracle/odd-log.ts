import { Dice } from '../support/dice.ts';
import { type BronzeRecord, CHANGE_TOPIC, type Reference, SNAPSHOT_TOPIC } from './naive-oracle.ts';
import * as odd from './odd-values.ts';

/** Every record's own timestamp. Some dates of the messages lie just before and just after 24 hours later. */
export const NOON = Date.UTC(2011, 2, 1, 12);

export const REFERENCE: Reference = {
  stores: new Map([
    [0, 'online'],
    [1, 'Berlin'],
    [2, 'Online'],
    [3, 'Łódź'],
    [-5, 'online'],
    [2_147_483_647, 'far'],
  ]),
  changeTypes: new Map([
    [1, 'sale'],
    [4, 'bopis'],
    [5, 'BOPIS'],
    [-32_768, 'low'],
  ]),
};

const STORE_IDS = ['0', '1', '1', '1', '2', '3', '-5', '2147483647', '99'];
const CHANGE_TYPE_IDS = ['1', '1', '1', '4', '4', '5', '-32768', '9'];
const ITEM_IDS = ['0', '10', '11', '12', '-7', '2147483647', '-2147483648'];
const QUANTITIES = ['-1', '-2', '0', '7', '-3', '2147483647', '-2147483648'];
const TRANS_IDS = ['a', 'b', 'B', 'c d', 'é', '\\u0061', 'a\\u0000', '__proto__', 'x'.repeat(4096), 'x'.repeat(4097)];

type Pair = readonly [name: string, value: string];

/** A log of both topics: sound messages, copies, contradictions, and everything that can be wrong with a message. */
export function oddLog(seed: number, count: number): readonly BronzeRecord[] {
  const random = new Dice(seed);
  const heads = new Map<string, number>();
  const sent: Buffer[] = [];
  return Array.from({ length: count }, () => {
    const isChange = !random.once(3);
    const topic = isChange ? CHANGE_TOPIC : SNAPSHOT_TOPIC;
    const partition = random.below(3);
    const offset = heads.get(`${topic}|${partition}`) ?? 40;
    heads.set(`${topic}|${partition}`, offset + 1);
    const again = sent.length > 0 && random.once(12);
    const value = again
      ? random.pick(sent)
      : mutated(Buffer.from(isChange ? change(random) : snapshot(random)), random);
    sent.push(value);
    return { topic, partition, offset, timestamp: NOON, value };
  });
}

function change(random: Dice): string {
  const isOdd = random.once(2);
  const transId = random.once(4) ? random.pick(TRANS_IDS) : `t${random.below(4000)}`;
  return message(
    [
      ['trans_id', `"${transId}"`],
      ['store_id', random.pick(STORE_IDS)],
      ['date_time', `"${dateTime(random)}"`],
      ['change_type_id', random.pick(CHANGE_TYPE_IDS)],
      ['items', items(random, isOdd)],
    ],
    random,
    isOdd,
  );
}

function snapshot(random: Dice): string {
  const isOdd = random.once(2);
  return message(
    [
      ['store_id', random.pick(STORE_IDS)],
      ['date_time', `"${dateTime(random)}"`],
      ...(random.once(4) ? [] : [['employee_id', random.pick(['7', 'null', '-1'])] as const]),
      ['items', items(random, isOdd)],
      ...(random.once(2) ? [] : [['source', '{"path": "a/b.csv", "etag": "x1", "row": 12}'] as const]),
    ],
    random,
    isOdd,
  );
}

function message(pairs: readonly Pair[], random: Dice, isOdd: boolean): string {
  if (!isOdd) return object(pairs, random.pick([':', ': ']), random.pick([',', ', ']));
  if (random.once(30)) return random.pick(anyText(random));
  const text = object(withOddities(pairs, random, ['store_id', 'change_type_id', 'items']), ':', ',', random);
  return random.once(20)
    ? random.pick(['\ufeff', ' ', '\n\t', '\v'])! + text + random.pick(['', '\n', '\u0000', 'x'])
    : text;
}

function dateTime(random: Dice): string {
  return random.pick(random.once(10) ? odd.NOT_DATE_TIMES : odd.DATE_TIMES);
}

function items(random: Dice, isOdd: boolean): string {
  if (isOdd && random.once(12)) return random.pick(anyText(random));
  const entries = Array.from({ length: isOdd ? random.below(5) : 1 + random.below(3) }, () => {
    if (isOdd && random.once(12)) return random.pick(anyText(random));
    const pairs: readonly Pair[] = [
      ['item_id', random.pick(ITEM_IDS)],
      ['quantity', random.pick(QUANTITIES)],
    ];
    return isOdd ? object(withOddities(pairs, random, ['note']), ':', ',', random) : object(pairs, ':', ',');
  });
  return `[${entries.join(',')}]`;
}

/** Fields changed, left out, doubled, added and moved. */
function withOddities(pairs: readonly Pair[], random: Dice, doubles: readonly string[]): readonly Pair[] {
  let odder = [...pairs];
  if (random.once(3)) {
    const index = random.below(odder.length);
    odder[index] = [odder[index]![0], random.pick(anyText(random))];
  }
  if (random.once(10)) odder.splice(random.below(odder.length), 1);
  if (random.once(6))
    odder.splice(random.below(odder.length + 1), 0, [random.pick(doubles), random.pick(anyText(random))]);
  if (random.once(4))
    odder.push([random.pick(['note', '', 'é', 'Store_id', 'a.b', '__proto', 'items ']), random.pick(anyText(random))]);
  if (random.once(25)) odder.push([random.pick(['__proto__', '\\u005f_proto__', '__pr\\u006fto__']), '1']);
  if (random.once(5))
    odder = odder
      .map((pair) => ({ pair, place: random.below(100) }))
      .sort((one, other) => one.place - other.place)
      .map(({ pair }) => pair);
  return odder;
}

/** Mostly texts that are JSON. */
function anyText(random: Dice): readonly string[] {
  if (random.once(6)) return random.pick([odd.NOT_NUMBERS, odd.NOT_STRINGS, odd.NOT_OTHERS]);
  if (random.once(25)) return [nested(28 + random.below(8), random)];
  return random.pick([odd.NUMBERS, odd.NUMBERS, odd.STRINGS, odd.OTHERS]);
}

function nested(levels: number, random: Dice): string {
  const isArray = Array.from({ length: levels }, () => random.once(2));
  const opening = isArray.map((array) => (array ? '[' : '{"a":'));
  const closing = isArray.map((array) => (array ? ']' : '}')).reverse();
  return `${opening.join('')}1${random.once(6) ? '' : closing.join('')}`;
}

function object(pairs: readonly Pair[], colon: string, comma: string, random?: Dice): string {
  const space = (): string => (random?.once(8) === true ? random.pick([' ', '\t', '\r\n', '  ']) : '');
  const texts = pairs.map(
    ([name, value]) => `${space()}"${escaped(name, random)}"${space()}${colon}${space()}${value}${space()}`,
  );
  return `{${texts.join(comma)}}`;
}

function escaped(name: string, random: Dice | undefined): string {
  if (random?.once(25) !== true || name.includes('\\')) return name;
  const index = random.below(name.length);
  const code = name.charCodeAt(index).toString(16).padStart(4, '0');
  return name === '' ? name : `${name.slice(0, index)}\\u${code}${name.slice(index + 1)}`;
}

const BYTES = Buffer.from('{}[]",:\\/0123456789.eE+-tfnu \t\n\r\v\u0000\u001f\u007fSV_aé');

/** Now and then some bytes are lost, changed or added; ones that are not UTF-8 among them. */
function mutated(value: Buffer, random: Dice): Buffer {
  if (!random.once(10)) return value;
  let bytes = [...value];
  for (let times = 1 + random.below(2); times > 0; times--) {
    const index = random.below(bytes.length + 1);
    const byte = random.once(5) ? random.below(256) : random.pick([...BYTES]);
    const removed = random.below(3) === 0 ? 1 : 0;
    bytes.splice(index, removed, ...(random.once(3) ? [] : [byte]));
  }
  if (random.once(15)) bytes = bytes.slice(0, random.below(bytes.length + 1));
  return Buffer.from(bytes);
}
