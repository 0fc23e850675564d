import type { Rejections } from '@tillstream/inventory';
import {
  ChangeJudge,
  ChangeLines,
  entriesOfLine,
  INVENTORY_CHANGE,
  parseChange,
  StoreClocks,
  type ChangeExpectation,
  type FindChanges,
  type Reference,
  type RowBinaryWriter,
  type Verdict,
} from '@tillstream/inventory';
import type { Count } from '@tillstream/runtime';
import { checkExpectations } from '../expectations.ts';
import type { BlockBuilder } from '../output/block-builder.ts';
import type { TurnRecords } from '../turn-records.ts';
import { writeChanges } from './change-rows.ts';

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
  readonly rejections: Rejections;
  readonly findChanges: FindChanges;
  readonly rows: RowBinaryWriter;
  readonly blocks: BlockBuilder;
};

/** Transactions of a turn: parse, check, judge duplicates, write rows and blocks. */
export class ChangeFlow {
  readonly judge: ChangeJudge;
  readonly clocks: StoreClocks;
  readonly #expectations: readonly ChangeExpectation[];
  readonly #lines = new ChangeLines();

  constructor(options: ChangeFlowOptions) {
    this.judge = new ChangeJudge(options);
    this.clocks = new StoreClocks(options.lateAfterMs);
    this.#expectations = options.expectations;
  }

  async process(turn: ChangeFlowTurn): Promise<readonly Count[]> {
    const lines = this.#lines;
    const { records, reference, rejections } = turn;
    lines.clear();
    for (const span of records.spans()) parseChange(span, { reference, lines, rejections });
    const expectationCounts = this.#checkExpectations(turn);
    const punctualityCounts = this.#watchClocks();
    const verdict = await this.judge.judge(lines, records, turn.findChanges);
    for (const line of verdict.conflicts) rejectLine(line, 'conflicting_duplicate', lines, turn);
    writeChanges(lines, verdict, turn);
    return [...expectationCounts, ...punctualityCounts, ...verdictCounts(verdict)];
  }

  #checkExpectations(turn: ChangeFlowTurn): readonly Count[] {
    const lines = this.#lines;
    const leftOut = new Set<number>();
    const row = (line: number) => ({
      storeId: lines.storeId[line]!,
      itemId: lines.itemId[line]!,
      quantity: lines.quantity[line]!,
      changeTypeId: lines.changeTypeId[line]!,
      dateTime: lines.dateTime[line]!,
    });
    const leaveOut = (line: number, rule: string | undefined): void => {
      leftOut.add(line);
      if (rule !== undefined) rejectLine(line, rule, lines, turn);
    };
    const counts = checkExpectations(this.#expectations, { count: lines.count, row, leaveOut }, turn.reference);
    if (leftOut.size > 0) lines.retain((line) => !leftOut.has(line));
    return counts;
  }

  #watchClocks(): readonly Count[] {
    const lines = this.#lines;
    let [late, ahead] = [0, 0];
    for (let line = 0; line < lines.count; line++) {
      const punctuality = this.clocks.observe(lines.storeId[line]!, lines.dateTime[line]!);
      if (punctuality === 'late') late++;
      else if (punctuality === 'ahead') ahead++;
    }
    const dataset = INVENTORY_CHANGE.name;
    return [
      { name: 'rows_late', dataset, value: late },
      { name: 'rows_clock_ahead', dataset, value: ahead },
    ];
  }
}

function rejectLine(line: number, rule: string, lines: ChangeLines, turn: ChangeFlowTurn): void {
  const record = lines.record[line]!;
  const { batch, index } = turn.records.locate(record);
  const entries = entriesOfLine(batch.bytes, batch.valueStart[index]!, batch.valueEnd[index]!, lines.itemId[line]!);
  for (const entry of entries) turn.rejections.rejectLine(record, entry, rule);
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
