import type { Rejections } from '@tillstream/inventory';
import {
  ChangeJudge,
  ChangeLines,
  entriesByItem,
  INVENTORY_CHANGE,
  parseChange,
  type ChangeExpectation,
  type FindChanges,
  type PickUpRule,
  type Reference,
  type RowBinaryWriter,
  type Verdict,
} from '@tillstream/inventory';
import type { BlockBuilder, Count } from '@tillstream/runtime';
import { checkExpectations } from '../expectations.ts';
import type { TurnRecords } from '../turn-records.ts';
import { writeChanges } from './change-rows.ts';
import { Punctuality } from './punctuality.ts';

export type ChangeFlowOptions = {
  readonly expectations: readonly ChangeExpectation[];
  readonly hotLines: number;
  readonly filterBytes: number;
  readonly lateAfterMs: number;
  /** Secret of this process. */
  readonly seed: number;
};

export type ChangeFlowTurn = {
  readonly records: TurnRecords;
  readonly reference: Reference;
  readonly pickUpRule: PickUpRule;
  readonly rejections: Rejections;
  readonly findChanges: FindChanges;
  readonly rows: RowBinaryWriter;
  readonly blocks: BlockBuilder;
};

/** Transactions of a turn: parse, check, judge duplicates, write rows and blocks. */
export class ChangeFlow {
  readonly judge: ChangeJudge;
  readonly punctuality: Punctuality;
  readonly #expectations: readonly ChangeExpectation[];
  readonly #lines = new ChangeLines();

  constructor(options: ChangeFlowOptions) {
    this.judge = new ChangeJudge(options);
    this.punctuality = new Punctuality(options.lateAfterMs);
    this.#expectations = options.expectations;
  }

  async process(turn: ChangeFlowTurn): Promise<readonly Count[]> {
    const lines = this.#lines;
    const { records, reference, rejections } = turn;
    lines.clear();
    const sink = { reference, lines, rejections };
    records.each((span) => parseChange(span, sink));
    const expectationCounts = this.#checkExpectations(turn);
    const punctualityCounts = this.punctuality.observe(lines, records);
    const verdict = await this.judge.judge(lines, records, turn.findChanges);
    const conflicts = new LineRejections(lines, turn);
    for (const line of verdict.conflicts) conflicts.reject(line, 'conflicting_duplicate');
    writeChanges(lines, verdict, turn);
    return [...expectationCounts, ...punctualityCounts, ...verdictCounts(verdict)];
  }

  #checkExpectations(turn: ChangeFlowTurn): readonly Count[] {
    const lines = this.#lines;
    const leftOut = new Set<number>();
    const rejected = new LineRejections(lines, turn);
    const row = (line: number) => ({
      storeId: lines.storeId[line]!,
      itemId: lines.itemId[line]!,
      quantity: lines.quantity[line]!,
      changeTypeId: lines.changeTypeId[line]!,
      dateTime: lines.dateTime[line]!,
    });
    const leaveOut = (line: number, rule: string | undefined): void => {
      leftOut.add(line);
      if (rule !== undefined) rejected.reject(line, rule);
    };
    const counts = checkExpectations(this.#expectations, { count: lines.count, row, leaveOut }, turn.reference);
    if (leftOut.size > 0) lines.retain((line) => !leftOut.has(line));
    return counts;
  }
}

/** Names the entries of lines that are rejected after folding. Lines come in their order: each record is read again once. */
class LineRejections {
  readonly #lines: ChangeLines;
  readonly #turn: ChangeFlowTurn;
  #record = -1;
  #entries: ReadonlyMap<number, readonly number[]> = new Map();

  constructor(lines: ChangeLines, turn: ChangeFlowTurn) {
    this.#lines = lines;
    this.#turn = turn;
  }

  reject(line: number, rule: string): void {
    const record = this.#lines.record[line]!;
    if (record !== this.#record) this.#read(record);
    const entries = this.#entries.get(this.#lines.itemId[line]!)!;
    for (const entry of entries) this.#turn.rejections.rejectLine(record, entry, rule);
  }

  #read(record: number): void {
    const { batch, index } = this.#turn.records.locate(record);
    this.#entries = entriesByItem(batch.bytes, batch.valueStart[index]!, batch.valueEnd[index]!);
    this.#record = record;
  }
}

function verdictCounts(verdict: Verdict): readonly Count[] {
  const dataset = INVENTORY_CHANGE.name;
  return [
    { name: 'rows_written', dataset, value: verdict.accepted.length },
    { name: 'rows_duplicate', dataset, value: verdict.duplicates },
    { name: 'rows_conflicting', dataset, value: verdict.conflicts.length },
    { name: 'duplicates_cross_partition', dataset, value: verdict.crossPartition },
    { name: 'cold_look_ups', dataset, value: verdict.lookedUp },
  ];
}
