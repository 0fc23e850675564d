import { createHash } from 'node:crypto';
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

/** What has been sent of a file, named by its mark, to a partition: all messages up to the one that begins with this row. */
export type SentUpTo = (partition: number, mark: string) => number;

/** Tells the files of one inbox apart, and the contents of a file; two files may have one content. */
export function fileMark({ path, hash }: Pick<SheetFile, 'path' | 'hash'>): string {
  return createHash('sha256').update(`${hash} ${path}`).digest('hex').slice(0, 16);
}

/** Header that names the files sent together, first to last: see `resume.ts`. */
export const FILES_HEADER = 'files';

/**
 * Messages for `pos.inventory-snapshot`: rows of one store, time and employee share a message. Leaves out what `sentUpTo` says was sent before a crash.
 */
export function countMessages(
  files: readonly SheetFile[],
  partitions: number,
  now: number,
  sentUpTo: SentUpTo,
): readonly OutgoingBatch[] {
  const batches = new Map<number, RecordBatchBuilder>();
  const marks = files.map(fileMark);
  const headers = encodeHeaders({ [FILES_HEADER]: marks.join(',') });
  for (const [index, file] of files.entries()) {
    for (const rows of groups(file.rows)) {
      const key = Buffer.from(String(rows[0]!.storeId));
      const partition = partitionOf(key, partitions);
      if (rows[0]!.line <= sentUpTo(partition, marks[index]!)) continue;
      const batch = batches.get(partition) ?? new RecordBatchBuilder(INVENTORY_SNAPSHOT_TOPIC.name, partition);
      batches.set(partition, batch);
      batch.append({ key, value: toMessage(file, rows), headers, timestamp: now });
    }
  }
  return [...batches.values()].map((batch) => batch.build());
}

/**
 * Rows of a file by message, in the order of their first lines: one store, time and employee each. Rows of different
 * employees mostly alternate, so they are gathered; but a row that counts an item again must come after the first one,
 * since of two counts at one time the later in the log holds.
 */
function groups(rows: readonly SheetRow[]): readonly (readonly SheetRow[])[] {
  const all: SheetRow[][] = [];
  let open = new Map<string, SheetRow[]>();
  let counted = new Set<string>();
  for (const row of rows) {
    const count = `${row.storeId} ${row.dateTime} ${row.itemId}`;
    if (counted.has(count)) {
      open = new Map();
      counted = new Set();
    }
    counted.add(count);
    const sheet = `${row.storeId} ${row.dateTime} ${row.employeeId}`;
    const group = open.get(sheet);
    if (group !== undefined && group.length < MAX_ROWS_PER_MESSAGE) {
      group.push(row);
      continue;
    }
    const started = [row];
    open.set(sheet, started);
    all.push(started);
  }
  return all;
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
