import {
  COUNT,
  CountEntries,
  INVENTORY_SNAPSHOT,
  parseCount,
  type CountExpectation,
  type Reference,
  type Rejections,
  type RowBinaryWriter,
} from '@tillstream/inventory';
import type { BlockBuilder, Count } from '@tillstream/runtime';
import { checkExpectations } from '../expectations.ts';
import type { TurnRecords } from '../turn-records.ts';

export type CountFlowTurn = {
  readonly records: TurnRecords;
  readonly reference: Reference;
  readonly rejections: Rejections;
  readonly rows: RowBinaryWriter;
  readonly blocks: BlockBuilder;
};

/** Counts of a turn: parse, check, write rows and blocks. Which of them is the latest is decided downstream. */
export class CountFlow {
  readonly #expectations: readonly CountExpectation[];
  readonly #entries = new CountEntries();

  constructor(expectations: readonly CountExpectation[]) {
    this.#expectations = expectations;
  }

  process(turn: CountFlowTurn): readonly Count[] {
    const entries = this.#entries;
    entries.clear();
    const { reference, rejections } = turn;
    turn.records.each((span) => parseCount(span, { reference, entries, rejections }));
    const leftOut = new Set<number>();
    const counts = checkExpectations(
      this.#expectations,
      {
        count: entries.count,
        row: (entry) => ({
          storeId: entries.storeId[entry]!,
          itemId: entries.itemId[entry]!,
          quantity: entries.quantity[entry]!,
          dateTime: entries.dateTime[entry]!,
        }),
        leaveOut: (entry, rule) => {
          leftOut.add(entry);
          if (rule !== undefined) rejections.rejectLine(entries.record[entry]!, entries.line[entry]!, rule);
        },
      },
      reference,
    );
    for (let entry = 0; entry < entries.count; entry++) if (!leftOut.has(entry)) writeCount(entries, entry, turn);
    const written = entries.count - leftOut.size;
    return [...counts, { name: 'rows_written', dataset: INVENTORY_SNAPSHOT.name, value: written }];
  }
}

/** One row of `inventory_snapshot`, in the order of its declared columns, and its row in a block. */
function writeCount(entries: CountEntries, entry: number, { records, rows, blocks }: CountFlowTurn): void {
  const record = entries.record[entry]!;
  const storeId = entries.storeId[entry]!;
  const itemId = entries.itemId[entry]!;
  const dateTime = entries.dateTime[entry]!;
  const quantity = entries.quantity[entry]!;
  const sourceLine = entries.line[entry]!;
  const sourcePartition = records.partition[record]!;
  const sourceOffset = records.offset[record]!;
  const partition = blocks.partitionOf(storeId, itemId);

  rows.int32(storeId);
  rows.int32(itemId);
  rows.dateTime64(dateTime);
  rows.nullableInt32(entries.employeeId[entry]!);
  rows.int32(quantity);
  rows.uint16(sourcePartition);
  rows.uint64(sourceOffset);
  rows.uint32(sourceLine);
  rows.uint16(partition);
  rows.endRow();

  blocks.add(partition, {
    kind: COUNT,
    storeId,
    itemId,
    dateTime,
    quantity,
    changeTypeId: 0,
    sourcePartition,
    sourceOffset,
    sourceLine,
    identityHigh: 0,
    identityLow: 0,
    recordTimestamp: records.timestamp[record]!,
  });
}
