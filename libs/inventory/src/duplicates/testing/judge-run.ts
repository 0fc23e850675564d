import { ChangeLines } from '../../contracts/change-lines.ts';
import { ChangeJudge, identityOf, type KnownChange, type LineKey, type Verdict } from '../change-judge.ts';

/** A transaction in the log. No item twice: its lines are folded. */
export type LoggedRecord = {
  readonly transId: string;
  readonly storeId: number;
  readonly lines: readonly { readonly itemId: number; readonly quantity: number }[];
};

/** Records of each partition by offset. */
export type Log = readonly (readonly LoggedRecord[])[];

/** What a worker does next, as far as there is something to do. */
export type Step =
  /** Takes so many records of each partition, in this order of partitions, as one batch. */
  | { readonly kind: 'batch'; readonly takes: readonly (readonly [partition: number, records: number])[] }
  | { readonly kind: 'commit' }
  /** Partitions are lost and come back: reading goes on at the committed offsets. */
  | { readonly kind: 'rewind' }
  /** As `batch`, but the worker dies before it stores, or behind it. A new one begins at the committed offsets. */
  | { readonly kind: 'crash'; readonly takes: readonly (readonly [number, number])[]; readonly isStored: boolean };

export type Memory = { readonly hotLines: number; readonly filterBytes: number };

type Taken = { readonly partition: number; readonly offset: number; readonly record: LoggedRecord };

const CONTENT = { changeTypeId: 1, dateTime: 1298974500000 };

/** A log, a table and a committed offset a partition; and a plain map of first lines as the model of the judge. */
export class JudgeRun {
  readonly #log: Log;
  readonly #memories: readonly Memory[];
  readonly #table: KnownChange[] = [];
  readonly #identities: (readonly [number, number])[] = [];
  #generation = 0;
  #judge: ChangeJudge;
  /** What the judge must know: all that is stored, and what it accepted itself. */
  #first = new Map<string, KnownChange>();
  #next: number[];
  #committed: number[];
  /** Lines that were published, by identity: what gold gets to see. */
  readonly published: KnownChange[] = [];
  lookUps = 0;

  constructor(log: Log, memories: readonly Memory[]) {
    this.#log = log;
    this.#memories = memories;
    this.#next = log.map(() => 0);
    this.#committed = log.map(() => 0);
    this.#judge = this.#start();
  }

  get isDone(): boolean {
    return this.#next.every((offset, partition) => offset >= this.#log[partition]!.length);
  }

  /** Does the step and returns how the judge and the model differ; undefined when they agree. */
  async do(step: Step): Promise<string | undefined> {
    if (step.kind === 'commit') this.#committed = [...this.#next];
    if (step.kind === 'rewind') this.#next = [...this.#committed];
    if (step.kind === 'commit' || step.kind === 'rewind') return undefined;
    const taken = step.takes.flatMap(([partition, records]) => this.#take(partition, records));
    const { lines, positions, changes } = columnsOf(taken);
    const expected = this.#model(changes);
    const verdict = await this.#judge.judge(lines, positions, async (wanted) => this.#find(wanted));
    const accepted = Array.from(verdict.accepted, (line) => changes[line]!);
    const isStored = step.kind === 'batch' || step.isStored;
    if (isStored) this.#store(verdict, changes);
    if (step.kind === 'batch') this.published.push(...accepted);
    else this.#crash();
    return difference(expected, verdict);
  }

  #start(): ChangeJudge {
    const memory = this.#memories[this.#generation++ % this.#memories.length]!;
    const judge = new ChangeJudge({ ...memory, seed: this.#generation });
    for (const [high, low] of this.#identities) judge.remember(high, low);
    return judge;
  }

  #crash(): void {
    this.#judge = this.#start();
    this.#next = [...this.#committed];
    this.#first = new Map();
    for (const change of this.#table)
      if (!this.#first.has(identityOf(change))) this.#first.set(identityOf(change), change);
  }

  #take(partition: number, records: number): readonly Taken[] {
    const log = this.#log[partition]!;
    const from = this.#next[partition]!;
    const to = Math.min(log.length, from + records);
    this.#next[partition] = to;
    return log.slice(from, to).map((record, index) => ({ partition, offset: from + index, record }));
  }

  /** Rows as a table gives them that has not merged its parts, in any order, some twice; of other stores only if need be. */
  #find(wanted: readonly LineKey[]): readonly KnownChange[] {
    this.lookUps++;
    const rows = wanted.flatMap((line) => {
      const alike = this.#table.filter((row) => identityOf(row) === identityOf(line));
      const own = alike.filter(({ storeId }) => storeId === line.storeId);
      return own.length > 0 ? own : alike;
    });
    return [...rows.reverse(), ...rows.slice(0, 2)];
  }

  #store(verdict: Verdict, changes: readonly KnownChange[]): void {
    for (const line of verdict.accepted) {
      this.#table.push(changes[line]!);
      this.#identities.push([verdict.identityHigh[line]!, verdict.identityLow[line]!]);
    }
  }

  #model(changes: readonly KnownChange[]): readonly string[] {
    return changes.map((change) => {
      const first = this.#first.get(identityOf(change));
      if (first === undefined) this.#first.set(identityOf(change), change);
      if (first === undefined || isSamePlace(first, change)) return 'accepted';
      const fate = isSameContent(first, change) ? 'duplicate' : 'conflict';
      return first.sourcePartition === change.sourcePartition ? fate : `${fate} across partitions`;
    });
  }
}

function isSamePlace(one: KnownChange, other: KnownChange): boolean {
  return one.sourcePartition === other.sourcePartition && one.sourceOffset === other.sourceOffset;
}

function isSameContent(one: KnownChange, other: KnownChange): boolean {
  return one.quantity === other.quantity && one.storeId === other.storeId;
}

function columnsOf(taken: readonly Taken[]) {
  const lines = new ChangeLines();
  const changes: KnownChange[] = [];
  const partition = new Uint16Array(taken.length);
  const offset = new Float64Array(taken.length);
  taken.forEach(({ record: { transId, storeId, lines: logged }, ...place }, index) => {
    partition[index] = place.partition;
    offset[index] = place.offset;
    const start = lines.putTransId(transId);
    for (const { itemId, quantity } of logged) {
      const line = lines.add();
      lines.record[line] = index;
      lines.itemId[line] = itemId;
      lines.quantity[line] = quantity;
      lines.storeId[line] = storeId;
      lines.changeTypeId[line] = CONTENT.changeTypeId;
      lines.dateTime[line] = CONTENT.dateTime;
      lines.transIdStart[line] = start;
      lines.transIdEnd[line] = lines.arenaUsed;
      const source = { sourcePartition: place.partition, sourceOffset: place.offset };
      changes.push({ transId, storeId, itemId, quantity, ...CONTENT, ...source });
    }
  });
  return { lines, changes, positions: { partition, offset } };
}

function difference(expected: readonly string[], verdict: Verdict): string | undefined {
  const fates = expected.map((): string => 'duplicate');
  for (const line of verdict.accepted) fates[line] = 'accepted';
  for (const line of verdict.conflicts) fates[line] = 'conflict';
  const wanted = expected.map((fate) => fate.replace(' across partitions', ''));
  const across = expected.filter((fate) => fate.endsWith('across partitions')).length;
  const duplicates = wanted.filter((fate) => fate === 'duplicate').length;
  const isSame =
    fates.join() === wanted.join() && verdict.crossPartition === across && verdict.duplicates === duplicates;
  if (isSame) return undefined;
  return (
    `expected ${expected.join(', ')}; judged ${fates.join(', ')}, ` +
    `${verdict.duplicates} duplicates, ${verdict.crossPartition} across partitions`
  );
}
