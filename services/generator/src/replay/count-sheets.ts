import type { Hash } from 'node:crypto';

import { parseDateTime, splitRow } from '@tillstream/inventory';

import { ByteWriter } from '../byte-writer.ts';
import { countFileName } from '../count-file-name.ts';
import { GeneratorError } from '../errors.ts';
import { readLayout, rowText, type Layout } from './layout.ts';
import { readLines } from './lines.ts';
import type { TimedCountFile } from './timed-step.ts';

const COLUMNS = ['item_id', 'employee_id', 'store_id', 'date_time', 'quantity'] as const;
const INTEGER = /^-?\d{1,10}$/;
const NEWLINE = 0x0a;
const UNREADABLE = 'inventory_snapshot_unreadable.csv';

type Sheet = { readonly path: string; readonly timeMs: number; readonly rows: ByteWriter };

/**
 * Sorts the rows of snapshot files into count sheets, one a store and time, as the feed delivers them. Rows are
 * passed on byte for byte under their own file's header, broken ones too: judging them is the pipeline's business.
 * A row whose store or time cannot be read goes to a sheet of its own kind.
 */
export class CountSheets {
  readonly #sheets = new Map<string, Sheet>();
  /** Headers met so far: rows under different ones cannot share a sheet. */
  readonly #headers: string[] = [];

  async read(path: string, hash: Hash): Promise<void> {
    let file: SnapshotFile | undefined;
    await readLines(path, hash, (line) => {
      const row = rowText(line);
      if (file !== undefined) file.add(row);
      else file = this.#open(path, row);
    });
    // An empty file has no header either.
    if (file === undefined) this.#open(path, '');
  }

  files(): TimedCountFile[] {
    return [...this.#sheets.values()].map(({ path, timeMs, rows }) => ({
      kind: 'countFile',
      path,
      content: rows.take(),
      timeMs,
    }));
  }

  #open(path: string, header: string): SnapshotFile {
    const layout = readLayout(path, header, COLUMNS);
    if (layout.others.length > 0) {
      const names = layout.others.map(({ name }) => name).join(',');
      throw new GeneratorError(`${path}:1: expected a header with just ${COLUMNS.join(',')}, found also ${names}`);
    }
    if (!this.#headers.includes(header)) this.#headers.push(header);
    const variant = this.#headers.indexOf(header);
    return new SnapshotFile(layout, (place) => this.#sheet(header, variant, place));
  }

  #sheet(header: string, variant: number, place: Place | undefined): Sheet {
    const name = place === undefined ? UNREADABLE : countFileName(place.storeId, place.timeMs);
    const path = variant === 0 ? name : name.replace('.csv', `_${variant + 1}.csv`);
    let sheet = this.#sheets.get(path);
    if (sheet === undefined) {
      sheet = { path, timeMs: place?.timeMs ?? Number.NaN, rows: new ByteWriter() };
      sheet.rows.append(Buffer.from(`${header}\n`, 'latin1'));
      this.#sheets.set(path, sheet);
    }
    return sheet;
  }
}

type Place = { readonly storeId: number; readonly timeMs: number };

class SnapshotFile {
  readonly #layout: Layout;
  readonly #sheetAt: (place: Place | undefined) => Sheet;
  /** Mostly a row belongs to the sheet of the row before it. */
  #lastText = '';
  #last: Sheet | undefined;

  constructor(layout: Layout, sheetAt: (place: Place | undefined) => Sheet) {
    this.#layout = layout;
    this.#sheetAt = sheetAt;
  }

  add(row: string): void {
    if (row === '') return;
    const fields = splitRow(row);
    const { rows } = fields?.length === this.#layout.width ? this.#sheetOf(fields) : this.#sheetAt(undefined);
    rows.append(Buffer.from(row, 'latin1'));
    rows.byte(NEWLINE);
  }

  #sheetOf(fields: readonly string[]): Sheet {
    const [, , storeColumn, timeColumn] = this.#layout.positions;
    const store = fields[storeColumn!]!;
    const time = fields[timeColumn!]!;
    const text = `${store},${time}`;
    if (text !== this.#lastText || this.#last === undefined) {
      const timeMs = parseDateTime(time);
      const isReadable = INTEGER.test(store) && !Number.isNaN(timeMs);
      this.#last = this.#sheetAt(isReadable ? { storeId: Number(store), timeMs } : undefined);
      this.#lastText = text;
    }
    return this.#last;
  }
}
