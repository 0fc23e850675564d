import {
  CHANGE,
  OFF_SHELF,
  type ChangeLines,
  type PickUpRule,
  type RowBinaryWriter,
  type Verdict,
} from '@tillstream/inventory';
import type { BlockBuilder } from '@tillstream/runtime';
import type { TurnRecords } from '../turn-records.ts';

type Destination = {
  readonly records: TurnRecords;
  readonly pickUpRule: PickUpRule;
  readonly rows: RowBinaryWriter;
  readonly blocks: BlockBuilder;
};

/** Writes accepted lines as rows of `inventory_change`, in the order of its declared columns, and into blocks. */
export function writeChanges(lines: ChangeLines, verdict: Verdict, destination: Destination): void {
  const { records, rows, blocks, pickUpRule } = destination;
  for (const line of verdict.accepted) {
    const record = lines.record[line]!;
    const storeId = lines.storeId[line]!;
    const itemId = lines.itemId[line]!;
    const dateTime = lines.dateTime[line]!;
    const quantity = lines.quantity[line]!;
    const changeTypeId = lines.changeTypeId[line]!;
    const sourcePartition = records.partition[record]!;
    const sourceOffset = records.offset[record]!;
    const identityHigh = verdict.identityHigh[line]!;
    const identityLow = verdict.identityLow[line]!;
    const partition = blocks.partitionOf(storeId, itemId);
    const isOffShelf = pickUpRule.excludes(storeId, changeTypeId);

    rows.int32(storeId);
    rows.int32(itemId);
    rows.stringFrom(lines.transIds, lines.transIdStart[line]!, lines.transIdEnd[line]!);
    rows.dateTime64(dateTime);
    rows.int32(quantity);
    rows.int16(changeTypeId);
    rows.string(lines.rescued.get(line) ?? '');
    rows.uint16(sourcePartition);
    rows.uint64(sourceOffset);
    rows.uint64Halves(identityHigh, identityLow);
    rows.uint16(partition);
    rows.uint8(isOffShelf ? 1 : 0);
    writeFirstWins(rows, sourcePartition, sourceOffset);
    rows.endRow();

    blocks.add(partition, {
      kind: isOffShelf ? OFF_SHELF : CHANGE,
      storeId,
      itemId,
      dateTime,
      quantity,
      changeTypeId,
      sourcePartition,
      sourceOffset,
      sourceLine: 0,
      identityHigh,
      identityLow,
      recordTimestamp: records.timestamp[record]!,
    });
  }
}

/** `2^64 - 1 - (partition << 48 | offset)`: the earlier the record, the greater, and the greatest version is kept. */
function writeFirstWins(rows: RowBinaryWriter, partition: number, offset: number): void {
  const high = partition * 2 ** 16 + Math.floor(offset / 2 ** 32);
  rows.uint64Halves(~high >>> 0, ~offset >>> 0);
}
