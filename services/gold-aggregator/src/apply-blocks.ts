import type { PartitionStock } from '@tillstream/inventory';
import {
  CHANGE,
  COUNT,
  OFF_SHELF,
  SILVER_BLOCK_ENCODING,
  SilverBlockReader,
  type ChangeRow,
  type CountRow,
} from '@tillstream/inventory';
import { decodeHeaders, type RecordBatch } from '@tillstream/log';

/** What is noted of the changes for the measure of freshness. */
export type Noted = { readonly timestamps: number[]; silverTookSum: number };

/** Applies a batch of blocks to its partition's stock, each block whole, and notes when its changes were sent. */
export function applyBlocks(stock: PartitionStock, batch: RecordBatch, noted: Noted): void {
  for (let index = 0; index < batch.count; index++) {
    checkEncoding(batch, index);
    const block = new SilverBlockReader(batch.bytes, batch.valueStart[index]!, batch.valueEnd[index]!);
    const offset = batch.offsets[index]!;
    for (let row = 0; row < block.rows; row++) {
      applyRow(stock, block, row, offset);
      if (block.kind(row) === COUNT) continue;
      noted.timestamps.push(block.recordTimestamp(row));
      noted.silverTookSum += batch.timestamps[index]!;
    }
  }
}

function applyRow(stock: PartitionStock, block: SilverBlockReader, row: number, offset: number): void {
  switch (block.kind(row)) {
    case COUNT:
      stock.applyCount(countAt(block, row), offset);
      break;
    case OFF_SHELF:
      stock.touch(block.storeId(row), block.itemId(row), offset);
      break;
    case CHANGE:
      stock.applyChange(changeAt(block, row), offset);
      break;
  }
}

/** A block that cannot be read is our own fault: skipping it would lose changes, so the worker stops. */
function checkEncoding(batch: RecordBatch, index: number): void {
  const headers = decodeHeaders(batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index]));
  const encoding = headers.get('encoding');
  if (encoding === SILVER_BLOCK_ENCODING) return;
  throw new Error(
    `block ${batch.topic}/${batch.partition}@${batch.offsets[index]} has the encoding ${encoding ?? '(none)'}, ` +
      `this worker reads ${SILVER_BLOCK_ENCODING}: run the version that wrote it, or raise the era`,
  );
}

function changeAt(block: SilverBlockReader, row: number): ChangeRow {
  return {
    storeId: block.storeId(row),
    itemId: block.itemId(row),
    dateTime: block.dateTime(row),
    quantity: block.quantity(row),
    sourcePartition: block.sourcePartition(row),
    sourceOffset: block.sourceOffset(row),
    identityHigh: block.identityHigh(row),
    identityLow: block.identityLow(row),
  };
}

function countAt(block: SilverBlockReader, row: number): CountRow {
  return {
    storeId: block.storeId(row),
    itemId: block.itemId(row),
    dateTime: block.dateTime(row),
    quantity: block.quantity(row),
    sourcePartition: block.sourcePartition(row),
    sourceOffset: block.sourceOffset(row),
    sourceLine: block.sourceLine(row),
  };
}
