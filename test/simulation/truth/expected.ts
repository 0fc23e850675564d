import { LATER_PICK_UP, LATER_STORE, ONLINE_STORE, PICK_UP } from '../traffic/shop.ts';
import type { BrokenEntries, ChangeMeaning, CountMeaning, Meaning } from '../traffic/meaning.ts';

/** A record where it stands in the log, with what it means. */
export type Placed<Kind extends Meaning = Meaning> = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly meaning: Kind;
};

/** Stores named `online` and types named `bopis`, some of them only once the reference data has grown. */
const ONLINE_STORES: readonly number[] = [ONLINE_STORE, LATER_STORE];
const PICK_UPS: readonly number[] = [PICK_UP, LATER_PICK_UP];

/** What the tables must hold in the end, as comparable text by identity. */
export type Expected = {
  /**
   * Positions of records that waited for reference data which has come. Each of them was sent again; which of the
   * copies were quarantined, and which one counts, depends on who read them when.
   */
  readonly waited: ReadonlySet<string>;
  readonly changes: ReadonlyMap<string, string>;
  readonly counts: ReadonlyMap<string, string>;
  readonly quarantine: ReadonlyMap<string, string>;
  readonly gold: ReadonlyMap<string, string>;
};

type Line = {
  readonly record: Placed<ChangeMeaning>;
  readonly itemId: number;
  readonly quantity: number;
  readonly entries: readonly number[];
};
type Count = {
  readonly record: Placed<CountMeaning>;
  readonly itemId: number;
  readonly quantity: number;
  readonly entry: number;
};
type Faults = { readonly rules: Set<string>; readonly entries: Set<number> };

/** The batch formula of docs/contracts.md, over everything at once and without any cleverness. */
export function expectedTables(records: readonly Placed[], isGrown: boolean): Expected {
  const inOrder = records
    .map((record) => ({ ...record, meaning: isGrown ? grown(record.meaning) : record.meaning }))
    .sort((one, other) => one.partition - other.partition || one.offset - other.offset);
  const quarantine = new Map<Placed, Faults>();
  for (const record of inOrder) noteBroken(record, quarantine);

  const lines = judge(inOrder.filter(isChange).flatMap(linesOf), quarantine);
  const counts = inOrder.filter(isCount).flatMap(countsOf);
  const waited = new Set(isGrown ? records.filter(waits).map(positionOf) : []);
  return {
    waited,
    changes: new Map(lines.map((line) => [`${line.record.meaning.transId}|${line.itemId}`, lineText(line, waited)])),
    counts: new Map(counts.map((count) => [`${positionOf(count.record)}|${count.entry}`, countText(count)])),
    quarantine: new Map([...quarantine].map(([record, faults]) => [positionOf(record), faultText(faults)])),
    gold: currentInventory(lines, counts),
  };
}

function waits({ meaning }: Placed): boolean {
  return meaning.kind === 'rejected' && meaning.onceKnown !== undefined;
}

/** Records that waited count in the end. */
function grown(meaning: Meaning): Meaning {
  return (meaning.kind === 'rejected' ? meaning.onceKnown : undefined) ?? meaning;
}

/** A position as it is compared. */
export function originText(position: string, waited: ReadonlySet<string>): string {
  return waited.has(position) ? 'any copy' : position;
}

export function positionOf({ topic, partition, offset }: Omit<Placed, 'meaning'>): string {
  return `${topic}/${partition}@${offset}`;
}

export function faultText(faults: { readonly rules: Iterable<string>; readonly entries: Iterable<number> }): string {
  return `${[...faults.rules].sort().join(' ')} in ${[...faults.entries].sort((one, other) => one - other).join(' ')}`;
}

function isChange(record: Placed): record is Placed<ChangeMeaning> {
  return record.meaning.kind === 'change';
}

function isCount(record: Placed): record is Placed<CountMeaning> {
  return record.meaning.kind === 'count';
}

function noteBroken(record: Placed, quarantine: Map<Placed, Faults>): void {
  const { meaning } = record;
  const broken: BrokenEntries = meaning.kind === 'rejected' ? { rules: meaning.rules, entries: [] } : meaning.broken;
  note(record, broken, quarantine);
}

function note(record: Placed, broken: BrokenEntries, quarantine: Map<Placed, Faults>): void {
  if (broken.rules.length === 0) return;
  const faults = quarantine.get(record) ?? { rules: new Set(), entries: new Set() };
  quarantine.set(record, faults);
  for (const rule of broken.rules) faults.rules.add(rule);
  for (const entry of broken.entries) faults.entries.add(entry);
}

function linesOf(record: Placed<ChangeMeaning>): Line[] {
  return record.meaning.lines.map((line) => ({ record, ...line }));
}

function countsOf(record: Placed<CountMeaning>): Count[] {
  return record.meaning.lines.map((line) => ({ record, ...line }));
}

/** First in the log wins; copies vanish, contradictions go to quarantine. */
function judge(lines: readonly Line[], quarantine: Map<Placed, Faults>): Line[] {
  const firsts = new Map<string, Line>();
  for (const line of lines) {
    const identity = `${line.itemId}|${line.record.meaning.transId}`;
    const first = firsts.get(identity);
    if (first === undefined) firsts.set(identity, line);
    else if (contentOf(first) !== contentOf(line)) {
      note(line.record, { rules: ['conflicting_duplicate'], entries: line.entries }, quarantine);
    }
  }
  return [...firsts.values()];
}

function contentOf({ record: { meaning }, quantity }: Line): string {
  return `${meaning.storeId} ${meaning.dateTime} ${quantity} ${meaning.changeTypeId}`;
}

function lineText(line: Line, waited: ReadonlySet<string>): string {
  const origin = originText(positionOf(line.record), waited);
  return `${contentOf(line)} from ${origin} rescued ${line.record.meaning.rescuedData}`;
}

function countText({ record: { meaning }, itemId, quantity }: Count): string {
  return `${meaning.storeId} ${itemId} ${meaning.dateTime} ${meaning.employeeId} ${quantity}`;
}

function currentInventory(lines: readonly Line[], counts: readonly Count[]): Map<string, string> {
  const latest = new Map<string, Count>();
  // They come in the order of (partition, offset, entry), so of equal times the last one stays.
  for (const count of counts) {
    const key = `${count.record.meaning.storeId}|${count.itemId}`;
    const before = latest.get(key);
    if (before === undefined || count.record.meaning.dateTime >= before.record.meaning.dateTime) latest.set(key, count);
  }
  const gold = new Map<string, string>();
  for (const [key, count] of latest) {
    const since = count.record.meaning.dateTime;
    const counted = lines.filter(
      ({ itemId, record: { meaning } }) =>
        `${meaning.storeId}|${itemId}` === key &&
        meaning.dateTime >= since &&
        !(ONLINE_STORES.includes(meaning.storeId) && PICK_UPS.includes(meaning.changeTypeId)),
    );
    const change = counted.reduce((sum, line) => sum + line.quantity, 0);
    const last = Math.max(since, ...counted.map((line) => line.record.meaning.dateTime));
    gold.set(key, `${count.quantity} ${change} ${count.quantity + change} ${last}`);
  }
  return gold;
}
