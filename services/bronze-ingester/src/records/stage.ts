import {
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_SNAPSHOT_TOPIC,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  RowBinaryWriter,
  type Table,
} from '@tillstream/inventory';
import type { RecordBatch } from '@tillstream/log';
import { NOTHING_VISIBLE, type Count, type Stage, type StageOutput } from '@tillstream/runtime';

export const BRONZE_SERVICE = 'bronze-ingester';

type Sink = { readonly table: Table; readonly writer: RowBinaryWriter };

/** Records in, the same bytes out: keeps everything that came, valid or not. It has no state and judges nothing. */
export class BronzeStage implements Stage {
  readonly service = BRONZE_SERVICE;
  readonly #sinks: ReadonlyMap<string, Sink> = new Map([
    [INVENTORY_CHANGE_TOPIC.name, { table: RAW_INVENTORY_CHANGE, writer: new RowBinaryWriter() }],
    [INVENTORY_SNAPSHOT_TOPIC.name, { table: RAW_INVENTORY_SNAPSHOT, writer: new RowBinaryWriter() }],
  ]);

  async assigned(): Promise<void> {
    // Nothing to rebuild: rows are identified by their position, and writing one again changes nothing.
  }

  revoked(): void {
    // See `assigned`.
  }

  stateBytes(): number {
    return 0;
  }

  stateKeys(): number {
    return 0;
  }

  async process(batches: readonly RecordBatch[]): Promise<StageOutput> {
    const sinks = [...this.#sinks.values()];
    for (const { writer } of sinks) writer.clear();
    for (const batch of batches) writeRecords(this.#sinks.get(batch.topic)!.writer, batch);
    const written = sinks.filter(({ writer }) => writer.rows > 0);
    return {
      firstTables: [],
      tables: written.map(({ table, writer }) => ({ table, rows: writer.rows, bytes: writer.bytes() })),
      publish: [],
      news: [],
      counts: [
        ...batches.map(({ topic, count }): Count => ({ name: 'records_read', dataset: topic, value: count })),
        ...written.map(({ table, writer }): Count => ({
          name: 'rows_written',
          dataset: table.name,
          value: writer.rows,
        })),
      ],
      visible: NOTHING_VISIBLE,
    };
  }
}

/** Rows of the bronze table, in the order of its declared columns. */
function writeRecords(writer: RowBinaryWriter, batch: RecordBatch): void {
  const { bytes } = batch;
  for (let index = 0; index < batch.count; index++) {
    writer.string(batch.topic);
    writer.uint16(batch.partition);
    writer.uint64(batch.offsets[index]!);
    writer.dateTime64(batch.timestamps[index]!);
    writer.stringFrom(bytes, batch.keyStart[index]!, batch.keyEnd[index]!);
    writer.stringFrom(bytes, batch.valueStart[index]!, batch.valueEnd[index]!);
    const headersStart = batch.headersStart[index]!;
    const headersEnd = batch.headersEnd[index]!;
    if (headersStart === headersEnd) writer.uint8(0);
    else writer.raw(bytes, headersStart, headersEnd);
    writer.endRow();
  }
}
