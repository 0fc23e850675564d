import type { ChangeLines } from '../contracts/change-lines.ts';
import { HotWindow } from './hot-window.ts';
import { IdentityFilter } from './identity-filter.ts';
import { LineHasher } from './line-hasher.ts';

/** A line as the store has it. */
export type KnownChange = {
  readonly transId: string;
  readonly itemId: number;
  readonly storeId: number;
  readonly dateTime: number;
  readonly quantity: number;
  readonly changeTypeId: number;
  readonly sourcePartition: number;
  readonly sourceOffset: number;
};

/** What a line is looked up by. */
export type LineKey = Pick<KnownChange, 'storeId' | 'itemId' | 'transId'>;

/**
 * The cold truth: what was stored before of the same transaction and item. Where the line's own store has it, what other
 * stores have may be left out.
 */
export type FindChanges = (lines: readonly LineKey[]) => Promise<readonly KnownChange[]>;

/** Where each record of the batch stands in the log, by its index in the batch. */
export type SourcePositions = {
  readonly partition: Uint16Array;
  readonly offset: Float64Array;
};

/** What became of the lines, as indexes into the columns that were judged. */
export type Verdict = {
  readonly accepted: Int32Array;
  /** Identity hashes of all lines that were judged. */
  readonly identityHigh: Uint32Array;
  readonly identityLow: Uint32Array;
  readonly duplicates: number;
  /** Lines with the identity of an earlier one and other content. */
  readonly conflicts: readonly number[];
  /** Copies that came through another partition than the first: a producer without keys, or a changed partition count. */
  readonly crossPartition: number;
  /** Lines that memory could not judge. */
  readonly lookedUp: number;
};

export type JudgeOptions = {
  /** Lines kept in memory, by arrival. */
  readonly hotLines: number;
  /** Bound of the filter over all lines ever seen. */
  readonly filterBytes: number;
  /** Secret of this process. */
  readonly seed: number;
};

/**
 * Tells first lines from duplicates and conflicts, exactly, in bounded memory: recent lines are in a window, older ones
 * in the store, and a filter over all of them keeps lines that are certainly new from being looked up.
 *
 * A line that meets its own row (same position in the log) is no duplicate: the worker crashed between storing and
 * publishing it, and nobody downstream has seen it yet. It is accepted again.
 */
export class ChangeJudge {
  readonly #window: HotWindow;
  readonly #filter: IdentityFilter;
  readonly #hasher: LineHasher;

  constructor(options: JudgeOptions) {
    this.#window = new HotWindow(options.hotLines);
    this.#filter = new IdentityFilter(options.filterBytes);
    this.#hasher = new LineHasher(options.seed);
  }

  /** Lines whose content is remembered. */
  get size(): number {
    return this.#window.size;
  }

  get byteLength(): number {
    return this.#window.byteLength + this.#filter.byteLength;
  }

  /** Tells the judge of a line in the store: it will be looked up when its identity turns up. */
  remember(identityHigh: number, identityLow: number): void {
    this.#filter.testAndAdd(identityHigh, identityLow);
  }

  /** Judges the lines in their order, which must be the order of the log within each partition. */
  async judge(lines: ChangeLines, positions: SourcePositions, findChanges: FindChanges): Promise<Verdict> {
    const batch = { lines, positions };
    const sorting = this.#sort(batch);
    if (sorting.candidates.length > 0) await this.#resolve(batch, sorting, findChanges);
    return toVerdict(sorting);
  }

  /** What memory alone can tell: certainly new, certainly a copy, or a candidate for a look-up. */
  #sort(batch: Batch): Sorting {
    const { lines } = batch;
    const sorting = newSorting(lines.count);
    this.#hashAll(lines, sorting);
    const { fate, high, low } = sorting;
    for (let start = 0; start < lines.count; start += READ_AHEAD_LINES) {
      const end = Math.min(lines.count, start + READ_AHEAD_LINES);
      this.#filter.readAhead(low, start, end);
      this.#window.readAhead(low, start, end);
      for (let line = start; line < end; line++) {
        const isKnown = this.#filter.testAndAdd(high[line]!, low[line]!);
        fate[line] = isKnown ? this.#sortKnown(batch, sorting, line) : this.#acceptNew(batch, sorting, line);
      }
    }
    return sorting;
  }

  /** The window holds nothing that the filter does not know: the line is in neither. */
  #acceptNew({ lines, positions }: Batch, { high, low, content }: Sorting, line: number): Fate {
    const record = lines.record[line]!;
    this.#window.add({
      identityHigh: high[line]!,
      identityLow: low[line]!,
      content: content[line]!,
      partition: positions.partition[record]!,
      offset: positions.offset[record]!,
    });
    return ACCEPTED;
  }

  #sortKnown({ lines, positions }: Batch, sorting: Sorting, line: number): Fate {
    const hot = this.#window.find(sorting.high[line]!, sorting.low[line]!);
    if (hot < 0 || this.#window.contentAt(hot) !== sorting.content[line]) {
      sorting.candidates.push(line);
      return CANDIDATE;
    }
    const record = lines.record[line]!;
    const partition = positions.partition[record]!;
    if (this.#window.isAt(hot, partition, positions.offset[record]!)) return ACCEPTED;
    if (this.#window.partitionAt(hot) !== partition) sorting.crossPartition++;
    return DUPLICATE;
  }

  #hashAll(lines: ChangeLines, { high, low, content }: Sorting): void {
    const hasher = this.#hasher;
    let record = -1;
    for (let line = 0; line < lines.count; line++) {
      if (lines.record[line] !== record) {
        record = lines.record[line]!;
        hasher.transaction(lines.transIds, lines.transIdStart[line]!, lines.transIdEnd[line]!);
      }
      this.#hash(lines, line);
      high[line] = hasher.identityHigh;
      low[line] = hasher.identityLow;
      content[line] = hasher.content;
    }
  }

  /** Compares candidates with what is stored and with what was accepted before them in this very batch. */
  async #resolve(batch: Batch, sorting: Sorting, findChanges: FindChanges): Promise<void> {
    const { lines } = batch;
    const known = new Map<string, KnownChange>();
    const candidates = sorting.candidates.map((line) => asKnown(batch, line));
    const asked = new Map(candidates.map((candidate) => [`${candidate.storeId}|${identityOf(candidate)}`, candidate]));
    for (const change of await findChanges([...asked.values()])) keepFirst(known, change);
    for (const change of acceptedLikeCandidates(batch, sorting)) keepFirst(known, change);

    for (const [index, line] of sorting.candidates.entries()) {
      const candidate = candidates[index]!;
      const first = known.get(identityOf(candidate));
      if (first === undefined) {
        known.set(identityOf(candidate), candidate);
        this.#admit(lines, line, candidate);
        sorting.fate[line] = ACCEPTED;
      } else if (isSamePosition(first, candidate)) {
        sorting.fate[line] = ACCEPTED;
      } else {
        sorting.fate[line] = isSameContent(first, candidate) ? DUPLICATE : CONFLICT;
        if (first.sourcePartition !== candidate.sourcePartition) sorting.crossPartition++;
      }
    }
  }

  #admit(lines: ChangeLines, line: number, change: KnownChange): void {
    this.#hasher.transaction(lines.transIds, lines.transIdStart[line]!, lines.transIdEnd[line]!);
    this.#hash(lines, line);
    const { identityHigh, identityLow, content } = this.#hasher;
    if (this.#window.find(identityHigh, identityLow) >= 0) return;
    const { sourcePartition: partition, sourceOffset: offset } = change;
    this.#window.add({ identityHigh, identityLow, content, partition, offset });
  }

  #hash(lines: ChangeLines, line: number): void {
    this.#hasher.line({
      itemId: lines.itemId[line]!,
      storeId: lines.storeId[line]!,
      quantity: lines.quantity[line]!,
      changeTypeId: lines.changeTypeId[line]!,
      dateTime: lines.dateTime[line]!,
    });
  }
}

/**
 * Lines whose places in window and filter are read before the first of them is judged: cache misses that do not wait for
 * each other overlap. Few enough for what was read to be still there.
 */
const READ_AHEAD_LINES = 512;

/** Fates of lines while they are judged. */
type Fate = number;
const ACCEPTED = 0;
const DUPLICATE = 1;
const CONFLICT = 2;
const CANDIDATE = 3;

type Batch = { readonly lines: ChangeLines; readonly positions: SourcePositions };

type Sorting = {
  readonly fate: Uint8Array;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly content: Float64Array;
  readonly candidates: number[];
  crossPartition: number;
};

function newSorting(lines: number): Sorting {
  const [fate, high, low] = [new Uint8Array(lines), new Uint32Array(lines), new Uint32Array(lines)];
  return { fate, high, low, content: new Float64Array(lines), candidates: [], crossPartition: 0 };
}

function toVerdict({ fate, high, low, candidates, crossPartition }: Sorting): Verdict {
  const accepted = new Int32Array(fate.length);
  const conflicts: number[] = [];
  let [acceptedCount, duplicates] = [0, 0];
  fate.forEach((value, line) => {
    if (value === ACCEPTED) accepted[acceptedCount++] = line;
    else if (value === DUPLICATE) duplicates++;
    else conflicts.push(line);
  });
  return {
    accepted: accepted.subarray(0, acceptedCount),
    identityHigh: high,
    identityLow: low,
    duplicates,
    conflicts,
    crossPartition,
    lookedUp: candidates.length,
  };
}

/** Lines that were accepted at first sight and share an identity hash with a candidate: what the candidate may be a copy of. */
function* acceptedLikeCandidates(batch: Batch, { fate, high, low, candidates }: Sorting): Generator<KnownChange> {
  const hashes = new Map<number, Set<number>>();
  for (const line of candidates) {
    const highs = hashes.get(low[line]!) ?? new Set();
    hashes.set(low[line]!, highs.add(high[line]!));
  }
  for (let line = 0; line < fate.length; line++) {
    if (fate[line] === ACCEPTED && hashes.get(low[line]!)?.has(high[line]!)) yield asKnown(batch, line);
  }
}

function keepFirst(known: Map<string, KnownChange>, change: KnownChange): void {
  const identity = identityOf(change);
  const first = known.get(identity);
  if (first === undefined || isBefore(change, first)) known.set(identity, change);
}

function asKnown({ lines, positions }: Batch, line: number): KnownChange {
  const record = lines.record[line]!;
  return {
    transId: lines.transId(line),
    itemId: lines.itemId[line]!,
    storeId: lines.storeId[line]!,
    dateTime: lines.dateTime[line]!,
    quantity: lines.quantity[line]!,
    changeTypeId: lines.changeTypeId[line]!,
    sourcePartition: positions.partition[record]!,
    sourceOffset: positions.offset[record]!,
  };
}

/** What makes two lines the same one. */
export function identityOf({ itemId, transId }: Pick<KnownChange, 'itemId' | 'transId'>): string {
  return `${itemId}|${transId}`;
}

function isBefore(one: KnownChange, other: KnownChange): boolean {
  if (one.sourcePartition !== other.sourcePartition) return one.sourcePartition < other.sourcePartition;
  return one.sourceOffset < other.sourceOffset;
}

function isSamePosition(one: KnownChange, other: KnownChange): boolean {
  return one.sourcePartition === other.sourcePartition && one.sourceOffset === other.sourceOffset;
}

function isSameContent(one: KnownChange, other: KnownChange): boolean {
  return (
    one.storeId === other.storeId &&
    one.dateTime === other.dateTime &&
    one.quantity === other.quantity &&
    one.changeTypeId === other.changeTypeId
  );
}
