import { type BronzeRecord, CHANGE_TOPIC, judge, type Judgement, type Line, type Reference } from './judge.ts';

export { type BronzeRecord, CHANGE_TOPIC, type Reference, SNAPSHOT_TOPIC } from './judge.ts';

export type GoldRow = {
  readonly storeId: number;
  readonly itemId: number;
  readonly snapshotQuantity: number;
  readonly changeQuantity: number;
  readonly currentInventory: number;
  /** Milliseconds. */
  readonly dateTime: number;
};

export type Quarantined = { readonly record: BronzeRecord; readonly rules: Set<string>; readonly lines: Set<number> };

export type Truth = {
  /** By `store|item`. */
  readonly gold: ReadonlyMap<string, GoldRow>;
  /** By `topic|partition|offset`. */
  readonly quarantine: ReadonlyMap<string, Quarantined>;
  /** Lines with the identity and the content of an earlier one. */
  readonly duplicates: number;
};

/** A declared expectation; what it says of a line that is null or false fails. */
export type OracleExpectation = {
  readonly name: string;
  readonly dataset: 'inventory_change' | 'inventory_snapshot';
  readonly action: 'warn' | 'drop' | 'quarantine' | 'fail';
  readonly holds: (line: Line) => boolean | null;
};

export type OracleOptions = {
  readonly expectations?: readonly OracleExpectation[];
  /**
   * Positions of records that were set aside for reference data, with the rules of then. They do not count, whatever the
   * reference data knows now.
   */
  readonly waited?: ReadonlyMap<string, readonly string[]>;
};

export function positionOf({ topic, partition, offset }: Pick<BronzeRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}|${partition}|${offset}`;
}

/** docs/contracts.md sections 1, 2, 5, 6 and 7 over a whole log, record by record. */
export function naiveOracle(
  records: readonly BronzeRecord[],
  reference: Reference,
  { expectations = [], waited = new Map() }: OracleOptions = {},
): Truth {
  const quarantine: Quarantine = new Map();
  const inOrder = [...records].sort((one, other) => one.partition - other.partition || one.offset - other.offset);
  const lines = inOrder.flatMap((record) => {
    const rulesOfThen = waited.get(positionOf(record));
    const judgement: Judgement =
      rulesOfThen === undefined
        ? judge(record, reference)
        : { lines: [], rules: new Set(rulesOfThen), entries: new Set() };
    if (judgement.rules.size > 0) setAside(quarantine, record, judgement.rules, judgement.entries);
    return judgement.lines;
  });
  const kept = lines.filter((line) => meetsExpectations(line, expectations, quarantine));
  const isChange = ({ record }: Line): boolean => record.topic === CHANGE_TOPIC;
  const { changes, duplicates } = firstOfEach(kept.filter(isChange), quarantine);
  const counts = kept.filter((line) => !isChange(line));
  return { gold: currentInventory(changes, counts, reference), quarantine, duplicates };
}

type Quarantine = Map<string, Quarantined>;

function setAside(
  quarantine: Quarantine,
  record: BronzeRecord,
  rules: Iterable<string>,
  lines: Iterable<number>,
): void {
  const position = positionOf(record);
  const row = quarantine.get(position) ?? { record, rules: new Set(), lines: new Set() };
  for (const rule of rules) row.rules.add(rule);
  for (const line of lines) row.lines.add(line);
  quarantine.set(position, row);
}

function meetsExpectations(line: Line, expectations: readonly OracleExpectation[], quarantine: Quarantine): boolean {
  const dataset = line.record.topic === CHANGE_TOPIC ? 'inventory_change' : 'inventory_snapshot';
  const failed = expectations.filter(
    (expectation) =>
      expectation.dataset === dataset && expectation.action !== 'warn' && expectation.holds(line) !== true,
  );
  const names = failed.filter(({ action }) => action === 'quarantine').map(({ name }) => name);
  if (names.length > 0) setAside(quarantine, line.record, names, line.entries);
  return failed.length === 0;
}

/** Lines in the order of the log. */
function firstOfEach(
  lines: readonly Line[],
  quarantine: Quarantine,
): { readonly changes: readonly Line[]; readonly duplicates: number } {
  const first = new Map<string, Line>();
  let duplicates = 0;
  for (const line of lines) {
    const identity = `${line.itemId}|${line.transId}`;
    const before = first.get(identity);
    if (before === undefined) first.set(identity, line);
    else if (hasSameContent(before, line)) duplicates++;
    else setAside(quarantine, line.record, ['conflicting_duplicate'], line.entries);
  }
  return { changes: [...first.values()], duplicates };
}

function hasSameContent(one: Line, other: Line): boolean {
  return (
    one.storeId === other.storeId &&
    one.dateTime === other.dateTime &&
    one.quantity === other.quantity &&
    one.changeTypeId === other.changeTypeId
  );
}

/** Section 5. `counts` are in the order of the log and of their entries, so of two at one time the later stays. */
function currentInventory(
  changes: readonly Line[],
  counts: readonly Line[],
  reference: Reference,
): ReadonlyMap<string, GoldRow> {
  const latest = new Map<string, Line>();
  for (const count of counts) {
    const pair = `${count.storeId}|${count.itemId}`;
    const before = latest.get(pair);
    if (before === undefined || count.dateTime >= before.dateTime) latest.set(pair, count);
  }
  const gold = new Map<string, GoldRow>();
  for (const [pair, { storeId, itemId, quantity, dateTime }] of latest) {
    gold.set(pair, {
      storeId,
      itemId,
      snapshotQuantity: quantity,
      changeQuantity: 0,
      currentInventory: quantity,
      dateTime,
    });
  }
  for (const { storeId, itemId, quantity, dateTime, changeTypeId } of changes) {
    const pair = `${storeId}|${itemId}`;
    const row = gold.get(pair);
    const isPickUp = reference.stores.get(storeId) === 'online' && reference.changeTypes.get(changeTypeId) === 'bopis';
    if (row === undefined || isPickUp || dateTime < latest.get(pair)!.dateTime) continue;
    gold.set(pair, {
      ...row,
      changeQuantity: row.changeQuantity + quantity,
      currentInventory: row.currentInventory + quantity,
      dateTime: Math.max(row.dateTime, dateTime),
    });
  }
  return gold;
}
