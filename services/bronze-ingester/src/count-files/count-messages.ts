import { formatDateTime, INVENTORY_SNAPSHOT_TOPIC, type SheetRow } from '@tillstream/inventory';
import { encodeHeaders, partitionOf, RecordBatchBuilder, type OutgoingBatch } from '@tillstream/log';

/** Bounds a message to about 50 KB. */
const MAX_ROWS_PER_MESSAGE = 1000;

/** A count file as it is about to be sent. */
export type SheetFile = {
  /** Below the inbox, with forward slashes. */
  readonly path: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  readonly rows: readonly SheetRow[];
};

/** What has been sent of a file to a partition: all messages up to the one that begins with this row. */
export type SentUpTo = (partition: number, hash: string) => number;

/** Header that names the files sent together, first to last: see `resume.ts`. */
export const FILES_HEADER = 'files';

/**
 * Messages for `pos.inventory-snapshot`: consecutive rows of one store, time and employee share a message. Leaves out
 * what `sentUpTo` says was sent before a crash.
 */
export function countMessages(
  files: readonly SheetFile[],
  partitions: number,
  now: number,
  sentUpTo: SentUpTo,
): readonly OutgoingBatch[] {
  const batches = new Map<number, RecordBatchBuilder>();
  const headers = encodeHeaders({ [FILES_HEADER]: files.map((file) => file.hash).join(',') });
  for (const file of files) {
    for (const rows of groups(file.rows)) {
      const key = Buffer.from(String(rows[0]!.storeId));
      const partition = partitionOf(key, partitions);
      if (rows[0]!.line <= sentUpTo(partition, file.hash)) continue;
      const batch = batches.get(partition) ?? new RecordBatchBuilder(INVENTORY_SNAPSHOT_TOPIC.name, partition);
      batches.set(partition, batch);
      batch.append({ key, value: toMessage(file, rows), headers, timestamp: now });
    }
  }
  return [...batches.values()].map((batch) => batch.build());
}

function* groups(rows: readonly SheetRow[]): Generator<readonly SheetRow[]> {
  let group: SheetRow[] = [];
  for (const row of rows) {
    const first = group[0];
    if (first !== undefined && (group.length === MAX_ROWS_PER_MESSAGE || !isSameSheet(first, row))) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

function isSameSheet(one: SheetRow, other: SheetRow): boolean {
  return one.storeId === other.storeId && one.dateTime === other.dateTime && one.employeeId === other.employeeId;
}

function toMessage(file: SheetFile, rows: readonly SheetRow[]): Buffer {
  const { storeId, dateTime, employeeId, line } = rows[0]!;
  const items = rows.map((row) => `{"item_id":${row.itemId},"quantity":${row.quantity}}`).join(',');
  const source = JSON.stringify({ path: file.path, etag: file.hash, row: line });
  return Buffer.from(
    `{"store_id":${storeId},"date_time":"${formatDateTime(dateTime)}","employee_id":${employeeId},` +
      `"items":[${items}],"source":${source}}`,
  );
}
