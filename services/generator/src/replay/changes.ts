import type { Hash } from 'node:crypto';
import { basename } from 'node:path';

import { formatDateTime, isInt32, parseDateTime, splitRow } from '@tillstream/inventory';

import { readLayout, rowText, type Layout } from './layout.ts';
import { readLines } from './lines.ts';
import type { TimedRecord } from './timed-step.ts';
import { ReplayedTransaction, unreadableLine } from './replayed-transaction.ts';

const COLUMNS = ['trans_id', 'item_id', 'store_id', 'date_time', 'quantity', 'change_type_id'] as const;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Reads a file of transaction lines into messages, in the order in which the transactions first appear. */
export async function readChanges(path: string, hash: Hash): Promise<TimedRecord[]> {
  const lines = new ChangeLines(path);
  await readLines(path, hash, (line, number) => lines.add(rowText(line), number));
  return lines.records();
}

/** Groups lines to transactions over the whole file: the lines of one need not stand together. */
class ChangeLines {
  readonly #path: string;
  #layout: Layout | undefined;
  readonly #messages: (ReplayedTransaction | TimedRecord)[] = [];
  readonly #byHead = new Map<string, ReplayedTransaction>();
  /** Mostly a line belongs to the transaction of the line before it. */
  #lastText = '';
  #last: ReplayedTransaction | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  add(row: string, number: number): void {
    if (this.#layout === undefined) this.#layout = readLayout(this.#path, row, COLUMNS);
    else if (row !== '') this.#addLine(row, number, this.#layout);
  }

  records(): TimedRecord[] {
    // An empty file has no header either.
    if (this.#layout === undefined) readLayout(this.#path, '', COLUMNS);
    let timeMs = Number.NEGATIVE_INFINITY;
    return this.#messages.flatMap((message) => {
      // What has no readable time goes with the transaction before it.
      if (!Number.isNaN(message.timeMs)) timeMs = message.timeMs;
      const records = message instanceof ReplayedTransaction ? message.records() : [message];
      return records.map((record) => ({ ...record, timeMs }));
    });
  }

  #addLine(row: string, number: number, layout: Layout): void {
    const fields = splitRow(row);
    if (fields === undefined || fields.length !== layout.width) {
      this.#messages.push(unreadableLine(basename(this.#path), number, row));
      return;
    }
    const [transId, item, store, time, quantity, type] = layout.positions.map((position) => fields[position]!) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const transaction = this.#transaction(transId, store, time, type);
    const [itemId, units] = [readNumber(item), readNumber(quantity)];
    if (isFoldable(itemId) && isFoldable(units) && layout.others.length === 0) transaction.add(itemId, units);
    else
      transaction.addEntry(
        `{"item_id":${numberJson(item)},"quantity":${numberJson(quantity)}${otherFields(fields, layout)}}`,
      );
  }

  #transaction(transId: string, store: string, time: string, type: string): ReplayedTransaction {
    const text = `${transId},${store},${time},${type}`;
    if (text === this.#lastText && this.#last !== undefined) return this.#last;
    const id = transId.startsWith('{') && transId.endsWith('}') ? transId.slice(1, -1) : transId;
    const timeMs = parseDateTime(time);
    const timeJson = JSON.stringify(Number.isNaN(timeMs) ? time : formatDateTime(timeMs));
    const head =
      `{"trans_id":${JSON.stringify(id)},"store_id":${numberJson(store)},"date_time":${timeJson},` +
      `"change_type_id":${numberJson(type)},"items":[`;
    let transaction = this.#byHead.get(head);
    if (transaction === undefined) {
      transaction = new ReplayedTransaction(id, head, timeMs);
      this.#byHead.set(head, transaction);
      this.#messages.push(transaction);
    }
    this.#lastText = text;
    this.#last = transaction;
    return transaction;
  }
}

/** NaN for a text that is no number, or one that JSON readers would not get back exactly. */
function readNumber(text: string): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/** Quantities of this kind can be added up; anything else is left to be judged as it came. */
function isFoldable(value: number): boolean {
  return Number.isInteger(value) && isInt32(value);
}

function numberJson(text: string): string {
  const value = readNumber(text);
  return Number.isNaN(value) ? JSON.stringify(text) : String(value);
}

function otherFields(fields: readonly string[], layout: Layout): string {
  return layout.others
    .map(({ name, position }) => `,${JSON.stringify(name)}:${JSON.stringify(fields[position])}`)
    .join('');
}
