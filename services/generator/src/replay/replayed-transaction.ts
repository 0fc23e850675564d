import { INVENTORY_CHANGE_TOPIC } from '@tillstream/inventory';

import { messageKey } from '../message-key.ts';
import type { TimedRecord } from './timed-step.ts';

/** Tills send larger transactions in parts. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const END = ']}';

/** A transaction while its lines are gathered. Texts are latin1, one character a byte. */
export class ReplayedTransaction {
  readonly timeMs: number;
  readonly #transId: string;
  /** The message up to its first entry. */
  readonly #head: string;
  readonly #itemIds: number[] = [];
  readonly #quantities: number[] = [];
  readonly #entries: string[] = [];

  constructor(transId: string, head: string, timeMs: number) {
    this.#transId = transId;
    this.#head = head;
    this.timeMs = timeMs;
  }

  add(itemId: number, quantity: number): void {
    this.#itemIds.push(itemId);
    this.#quantities.push(quantity);
  }

  /** An entry that is sent as it is. */
  addEntry(json: string): void {
    this.#entries.push(json);
  }

  /** Its messages, mostly one: under one trans_id, every item that is added up wholly in one of them. */
  records(): TimedRecord[] {
    const records: TimedRecord[] = [];
    let part: string[] = [];
    let bytes = 0;
    for (const entry of [...this.#foldedEntries(), ...this.#entries]) {
      if (part.length > 0 && this.#head.length + bytes + entry.length + END.length > MAX_MESSAGE_BYTES) {
        records.push(this.#record(part));
        part = [];
        bytes = 0;
      }
      part.push(entry);
      bytes += entry.length + 1;
    }
    records.push(this.#record(part));
    return records;
  }

  *#foldedEntries(): Generator<string> {
    const quantities = new Map<number, number>();
    for (const [index, itemId] of this.#itemIds.entries()) {
      quantities.set(itemId, (quantities.get(itemId) ?? 0) + this.#quantities[index]!);
    }
    for (const [itemId, quantity] of quantities) yield `{"item_id":${itemId},"quantity":${quantity}}`;
  }

  #record(entries: readonly string[]): TimedRecord {
    const value = Buffer.from(`${this.#head}${entries.join(',')}${END}`, 'latin1');
    const key = this.#transId === '' ? messageKey(value, 'trans_id') : Buffer.from(this.#transId, 'latin1');
    return { kind: 'record', topic: INVENTORY_CHANGE_TOPIC.name, key, value, timeMs: this.timeMs };
  }
}

/** A line that has no columns to speak of, as a message that says so: it ends up in quarantine with its text. */
export function unreadableLine(file: string, number: number, text: string): TimedRecord {
  const name = Buffer.from(file).toString('latin1');
  const json = `{"file":${JSON.stringify(name)},"line_number":${number},"line":${JSON.stringify(text)}}`;
  const value = Buffer.from(json, 'latin1');
  const key = messageKey(value, 'trans_id');
  return { kind: 'record', topic: INVENTORY_CHANGE_TOPIC.name, key, value, timeMs: Number.NaN };
}
