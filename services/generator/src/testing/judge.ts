/** Judges a transaction record from docs/contracts.md alone, without a thought for speed: the tests' second opinion. */

export type Line = {
  readonly transId: string;
  readonly itemId: number;
  readonly storeId: number;
  readonly typeId: number;
  readonly timeMs: number;
  readonly quantity: number;
};

export type Judgement = { readonly rules: Set<string>; readonly lines: readonly Line[] };

export type World = { readonly nowMs: number; readonly stores: number };

// oxlint-disable-next-line typescript/no-explicit-any -- what a record holds is what is to be found out
type Anything = any;

const CHANGE_TYPE_IDS = [1, 2, 3, 4, 5, -1];

export function judge(value: Buffer | null, world: World): Judgement {
  const first = firstBrokenOf(value);
  if (first !== undefined) return { rules: new Set([first]), lines: [] };
  const document: Anything = JSON.parse(value!.toString());
  const second = brokenFields(document);
  if (second.size > 0) return { rules: second, lines: [] };
  const third = brokenReferences(document, world);
  if (third.size > 0) return { rules: third, lines: [] };
  return judgeItems(document);
}

/** Group 1: the first that is broken. */
function firstBrokenOf(value: Buffer | null): string | undefined {
  if (value === null || value.length === 0) return 'empty_message';
  if (value.length > 1_048_576) return 'message_too_large';
  const text = strictText(value);
  if (text === undefined) return 'invalid_utf8';
  if (depthOf(text) > 32) return 'nested_too_deep';
  const [document] = parsed(text);
  return document === undefined ? 'invalid_json' : brokenInside(document);
}

function brokenInside(document: Anything): string | undefined {
  const parts = everythingIn(document);
  const owners = [document, ...(Array.isArray(document?.items) ? document.items : [])];
  const [first] = brokenOf([
    ['invalid_json', !parts.some((part) => typeof part === 'string' && !part.isWellFormed())],
    ['not_an_object', isObject(document)],
    ['forbidden_field', !owners.some((owner) => Object.hasOwn(Object(owner), '__proto__'))],
    ['number_out_of_range', !parts.some((part) => typeof part === 'number' && !(Math.abs(part) <= 2 ** 53 - 1))],
  ]);
  return first;
}

/** Group 2: all that are broken. */
function brokenFields({ trans_id, store_id, date_time, change_type_id, items }: Anything): Set<string> {
  const isId = typeof trans_id === 'string' && trans_id !== '' && Buffer.byteLength(trans_id) <= 4096;
  return brokenOf([
    ['invalid_trans_id', isId],
    ['invalid_store_id', Number.isInteger(store_id)],
    ['invalid_date_time', typeof date_time === 'string' && !Number.isNaN(timeOf(date_time))],
    ['invalid_change_type_id', Number.isInteger(change_type_id)],
    ['no_items', Array.isArray(items) && items.length > 0],
    ['number_out_of_range', !Number.isInteger(store_id) || isInt(store_id, 32)],
    ['number_out_of_range', !Number.isInteger(change_type_id) || isInt(change_type_id, 16)],
  ]);
}

/** Group 3: all that are broken. */
function brokenReferences({ store_id, date_time, change_type_id }: Anything, world: World): Set<string> {
  return brokenOf([
    ['future_date_time', timeOf(date_time) <= world.nowMs + 86_400_000],
    ['unknown_store', store_id >= 0 && store_id < world.stores],
    ['unknown_change_type', CHANGE_TYPE_IDS.includes(change_type_id)],
  ]);
}

function judgeItems({ trans_id, store_id, date_time, change_type_id, items }: Anything): Judgement {
  const rules = new Set<string>();
  const sums = new Map<number, number>();
  for (const item of items) {
    const broken = brokenItem(item);
    for (const rule of broken) rules.add(rule);
    if (broken.size === 0) sums.set(item.item_id, (sums.get(item.item_id) ?? 0) + item.quantity);
  }
  const lines: Line[] = [];
  for (const [itemId, quantity] of sums) {
    if (!isInt(quantity, 32)) rules.add('number_out_of_range');
    else
      lines.push({
        transId: trans_id,
        itemId,
        storeId: store_id,
        typeId: change_type_id,
        timeMs: timeOf(date_time),
        quantity,
      });
  }
  return { rules, lines };
}

function brokenItem(item: Anything): Set<string> {
  if (!isObject(item)) return new Set(['invalid_item']);
  const { item_id, quantity } = item;
  return brokenOf([
    ['invalid_item_id', Number.isInteger(item_id)],
    ['invalid_quantity', Number.isInteger(quantity)],
    ['number_out_of_range', !Number.isInteger(item_id) || isInt(item_id, 32)],
    ['number_out_of_range', !Number.isInteger(quantity) || isInt(quantity, 32)],
  ]);
}

function brokenOf(checks: readonly (readonly [rule: string, isKept: boolean])[]): Set<string> {
  return new Set(checks.flatMap(([rule, isKept]) => (isKept ? [] : [rule])));
}

function isObject(value: unknown): value is Anything {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInt(value: number, bits: number): boolean {
  return value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

function strictText(value: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

function parsed(text: string): [Anything?] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const mark of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').replaceAll(/[^[\]{}]/g, '')) {
    depth += mark === '{' || mark === '[' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function everythingIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return [value, ...Object.entries(value).flatMap(([name, part]) => [name, ...everythingIn(part)])];
}

const times = new Map<string, number>();

/** Epoch milliseconds, NaN for what is no date_time. */
export function timeOf(text: string): number {
  let time = times.get(text);
  if (time === undefined) times.set(text, (time = readTime(text)));
  return time;
}

function readTime(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)Z?$/.exec(text);
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  // Date.parse takes 30 February for 2 March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(match![1]!) ? time : Number.NaN;
}
