import { LOADED_FILE, PIPELINE_EVENT, QUARANTINE, RowBinaryWriter, type BrokenRow } from '@tillstream/inventory';
import type { TableBlock } from '@tillstream/store';
import { randomUUID } from 'node:crypto';

/** What became of a file. */
export type LoadedFile = {
  readonly path: string;
  readonly hash: string;
  /** 1 for the first content of the path. */
  readonly version: number;
  readonly rowsLoaded: number;
  readonly broken: readonly BrokenRow[];
};

/** Rows of `quarantine` for the broken rows of files, in the order of the declared columns. */
export function quarantineBlock(files: readonly LoadedFile[], now: number): readonly TableBlock[] {
  const writer = new RowBinaryWriter();
  for (const file of files) {
    for (const { line, text, rules } of file.broken) {
      writer.string('');
      writer.uint16(0);
      writer.uint64(0);
      writer.string(file.path);
      writer.uint32(line);
      writer.stringArray(rules);
      writer.uint32Array([]);
      writer.dateTime64(now);
      writer.string('');
      const bytes = Buffer.from(text, 'latin1');
      writer.stringFrom(bytes, 0, bytes.length);
      writer.dateTime64(now);
      writer.nullableDateTime64(null);
      writer.uint8(0);
      writer.endRow();
    }
  }
  return writer.rows === 0 ? [] : [{ table: QUARANTINE, rows: writer.rows, bytes: writer.bytes() }];
}

/** Rows of `loaded_file`, and an event for each path that has come with new content. */
export function bookBlocks(files: readonly LoadedFile[], now: number): readonly TableBlock[] {
  const book = new RowBinaryWriter();
  const events = new RowBinaryWriter();
  for (const file of files) {
    book.string(file.path);
    book.string(file.hash);
    book.uint32(file.version);
    book.uint64(file.rowsLoaded);
    book.uint64(file.broken.length);
    book.dateTime64(now);
    book.endRow();
    if (file.version > 1) writeNewVersion(events, file, now);
  }
  const block = { table: LOADED_FILE, rows: book.rows, bytes: book.bytes() };
  return events.rows === 0 ? [block] : [block, { table: PIPELINE_EVENT, rows: events.rows, bytes: events.bytes() }];
}

function writeNewVersion(events: RowBinaryWriter, file: LoadedFile, now: number): void {
  events.dateTime64(now);
  events.string(randomUUID());
  events.string('file_changed');
  events.string('WARN');
  events.string('bronze-ingester');
  events.string(LOADED_FILE.name);
  events.string(`${file.path} came with new content: loaded as version ${file.version}`);
  events.string(JSON.stringify({ path: file.path, hash: file.hash, version: file.version }));
  events.endRow();
}
