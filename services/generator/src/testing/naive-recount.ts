import type { Step } from '../source.ts';
import { emptyTruth, type GroundTruth } from '../synthetic/ground-truth.ts';
import { judge, timeOf, type Line, type World } from './judge.ts';

type Count = { readonly timeMs: number; readonly quantity: number };

type Countable =
  | 'records'
  | 'lines'
  | 'duplicateLines'
  | 'conflictingRecords'
  | 'conflictingLines'
  | 'quarantinedRecords'
  | 'quarantinedByRule'
  | 'countSheets'
  | 'countRows';

/** Of a ground truth, what can be recounted. */
export function countable(truth: Readonly<GroundTruth>): Pick<GroundTruth, Countable> {
  const { records, lines, duplicateLines, conflictingRecords, conflictingLines } = truth;
  const { quarantinedRecords, quarantinedByRule, countSheets, countRows } = truth;
  const changes = { records, lines, duplicateLines, conflictingRecords, conflictingLines };
  return { ...changes, quarantinedRecords, quarantinedByRule, countSheets, countRows };
}

/** Takes the steps of a source one by one and finds out, from their bytes alone, what they amount to. */
export class NaiveRecount {
  readonly truth = countable(emptyTruth());
  readonly transIds = new Set<string>();
  readonly #world: World;
  readonly #counted = new Map<string, Line>();
  /** The latest count of each key, `store|item`. */
  readonly #counts = new Map<string, Count>();
  readonly #sheets = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  add(step: Step): void {
    if (step.kind === 'countFile') this.#addSheet(step.content.toString());
    else if (step.topic === 'pos.inventory-change') this.#addChange(step.value);
    else this.#addCountRecord(step.value!.toString());
  }

  /** Section 5 of the contracts. */
  currentInventory(): Map<string, number> {
    const current = new Map([...this.#counts].map(([key, { quantity }]) => [key, quantity]));
    for (const { storeId, itemId, typeId, timeMs, quantity } of this.#counted.values()) {
      const key = `${storeId}|${itemId}`;
      const count = this.#counts.get(key);
      const isPickedUpElsewhere = storeId === 0 && typeId === 4;
      if (count === undefined || timeMs < count.timeMs || isPickedUpElsewhere) continue;
      current.set(key, current.get(key)! + quantity);
    }
    return current;
  }

  #addChange(value: Buffer | null): void {
    const { rules, lines } = judge(value, this.#world);
    const conflicting = lines.filter((line) => this.#takes(line) === 'conflict').length;
    if (conflicting > 0) {
      this.truth.conflictingRecords++;
      rules.add('conflicting_duplicate');
    }
    this.truth.records++;
    this.truth.conflictingLines += conflicting;
    this.truth.lines = this.#counted.size;
    if (rules.size > 0) this.truth.quarantinedRecords++;
    const { quarantinedByRule } = this.truth;
    for (const rule of rules) quarantinedByRule[rule] = (quarantinedByRule[rule] ?? 0) + 1;
  }

  #takes(line: Line): 'counts' | 'duplicate' | 'conflict' {
    this.transIds.add(line.transId);
    const identity = `${line.transId}|${line.itemId}`;
    const first = this.#counted.get(identity);
    if (first === undefined) {
      this.#counted.set(identity, line);
      return 'counts';
    }
    if (JSON.stringify(first) !== JSON.stringify(line)) return 'conflict';
    this.truth.duplicateLines++;
    return 'duplicate';
  }

  #addSheet(text: string): void {
    const [header, ...rows] = text.trimEnd().split('\n');
    if (header !== 'item_id,employee_id,store_id,date_time,quantity') throw new Error(`header ${header}`);
    for (const row of rows) {
      const [itemId, , storeId, time, quantity] = row.split(',') as [string, string, string, string, string];
      this.#addCount(`${storeId}|${itemId}`, { timeMs: timeOf(time), quantity: Number(quantity) });
      this.#sheets.add(`${storeId}|${time}`);
    }
    this.truth.countSheets = this.#sheets.size;
  }

  #addCountRecord(text: string): void {
    const { store_id, date_time, items } = JSON.parse(text);
    if (items.length > 1000) throw new Error(`${items.length} items in a record`);
    for (const { item_id, quantity } of items) {
      this.#addCount(`${store_id}|${item_id}`, { timeMs: timeOf(date_time), quantity });
    }
    this.#sheets.add(`${store_id}|${date_time}`);
    this.truth.countSheets = this.#sheets.size;
  }

  #addCount(key: string, count: Count): void {
    this.truth.countRows++;
    const latest = this.#counts.get(key);
    if (latest === undefined || count.timeMs >= latest.timeMs) this.#counts.set(key, count);
  }
}
