import { ByteWriter } from '../byte-writer.ts';
import { formatDateTime } from '@tillstream/inventory';

import type { Draft } from './draft.ts';
import { DAY_MS } from './trading-hours.ts';

const TRANS_ID = Buffer.from('{"trans_id":"');
const STORE_ID = Buffer.from('","store_id":');
const DATE_TIME = Buffer.from(',"date_time":"');
const CHANGE_TYPE_ID = Buffer.from('","change_type_id":');
const ITEMS = Buffer.from(',"items":[');
const ITEM_ID = Buffer.from('{"item_id":');
const QUANTITY = Buffer.from(',"quantity":');
const END = Buffer.from(']}');
const COMMA = 0x2c;
const BRACE = 0x7d;
const DASH = 0x2d;
const COLON = 0x3a;

const KEY_START = TRANS_ID.length;
const KEY_END = KEY_START + 36;

/** The identity of a synthetic transaction: chance, and a number that no other transaction of the source has. */
export type TransId = { readonly chance: number; readonly moreChance: number; readonly number: number };

type Additions = {
  /** Index of an item of at least two units that is written as two entries; -1 for none. */
  readonly twice: number;
  /** One or more entries as JSON, written first. */
  readonly entries: Buffer | undefined;
};

const NO_ADDITIONS: Additions = { twice: -1, entries: undefined };

/** Writes transactions as JSON. */
export class TransactionWriter {
  readonly #writer = new ByteWriter();
  #day = -1;
  #dayText = Buffer.alloc(0);

  write(transId: TransId, draft: Draft, additions = NO_ADDITIONS): Buffer {
    const writer = this.#writer;
    writer.append(TRANS_ID);
    this.#transId(transId);
    writer.append(STORE_ID);
    writer.integer(draft.storeId);
    writer.append(DATE_TIME);
    this.#dateTime(draft.dateTimeMs);
    writer.append(CHANGE_TYPE_ID);
    writer.integer(draft.changeTypeId);
    writer.append(ITEMS);
    if (additions.entries !== undefined) writer.append(additions.entries);
    for (let index = 0; index < draft.count; index++) {
      if (index > 0 || additions.entries !== undefined) writer.byte(COMMA);
      this.#item(draft, index, additions.twice === index);
    }
    writer.append(END);
    return writer.take();
  }

  #item(draft: Draft, index: number, twice: boolean): void {
    const itemId = draft.itemIds[index]!;
    const quantity = draft.quantities[index]!;
    if (!twice) {
      this.#entry(itemId, quantity);
      return;
    }
    const unit = Math.sign(quantity);
    this.#entry(itemId, unit);
    this.#writer.byte(COMMA);
    this.#entry(itemId, quantity - unit);
  }

  #entry(itemId: number, quantity: number): void {
    this.#writer.append(ITEM_ID);
    this.#writer.integer(itemId);
    this.#writer.append(QUANTITY);
    this.#writer.integer(quantity);
    this.#writer.byte(BRACE);
  }

  /** In the shape of the UUIDs that tills make; the last twelve digits are the number. */
  #transId({ chance, moreChance, number }: TransId): void {
    const writer = this.#writer;
    writer.hexadecimal(chance, 8);
    writer.byte(DASH);
    writer.hexadecimal(moreChance >>> 16, 4);
    writer.byte(DASH);
    writer.hexadecimal(0x4000 | (moreChance & 0xfff), 4);
    writer.byte(DASH);
    writer.hexadecimal(0x8000 | (chance & 0x3fff), 4);
    writer.byte(DASH);
    writer.hexadecimal(Math.floor(number / 2 ** 24), 6);
    writer.hexadecimal(number % 2 ** 24, 6);
  }

  #dateTime(epochMilliseconds: number): void {
    const day = Math.floor(epochMilliseconds / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayText = Buffer.from(formatDateTime(day * DAY_MS).slice(0, 'YYYY-MM-DDT'.length));
    }
    const ms = epochMilliseconds - day * DAY_MS;
    const writer = this.#writer;
    writer.append(this.#dayText);
    writer.padded(Math.floor(ms / 3_600_000), 2);
    writer.byte(COLON);
    writer.padded(Math.floor(ms / 60_000) % 60, 2);
    writer.byte(COLON);
    writer.padded(Math.floor(ms / 1000) % 60, 2);
    writer.byte(0x2e);
    writer.padded(ms % 1000, 3);
    writer.byte(0x5a);
  }
}

/** The trans_id within the bytes that `TransactionWriter` wrote. */
export function transactionKey(value: Buffer): Buffer {
  return value.subarray(KEY_START, KEY_END);
}
