import { INVENTORY_SNAPSHOT_TOPIC, formatDateTime } from '@tillstream/inventory';

import { ByteWriter } from '../byte-writer.ts';
import { countFileName } from '../count-file-name.ts';
import { Random } from '../random.ts';
import type { Step } from '../source.ts';
import { FIRST_ITEM_ID } from './catalogue.ts';
import type { GroundTruth } from './ground-truth.ts';
import { RANDOM_STREAMS, type SyntheticOptions } from './options.ts';
import type { Stock } from './stock.ts';
import { COUNT_TIME_MS, DAY_MS } from './trading-hours.ts';

const MAX_RECORD_ITEMS = 1000;
const HEADER = Buffer.from('item_id,employee_id,store_id,date_time,quantity\n');
const ITEM_ID = Buffer.from('{"item_id":');
const QUANTITY = Buffer.from(',"quantity":');
const RECORD_END = Buffer.from(']}');
const COMMA = 0x2c;
const BRACE = 0x7d;
const NEWLINE = 0x0a;

/** Counts the stores, each on its day before it opens, all of them on the first day. */
export class CountSheets {
  readonly #options: SyntheticOptions;
  readonly #stock: Stock;
  readonly #truth: GroundTruth;
  readonly #random: Random;
  readonly #writer = new ByteWriter();

  constructor(options: SyntheticOptions, stock: Stock, truth: GroundTruth) {
    this.#options = options;
    this.#stock = stock;
    this.#truth = truth;
    this.#random = new Random(options.seed, RANDOM_STREAMS.counts);
  }

  /** The sheets of the day'th day, counted from 0. */
  *ofDay(day: number): Generator<Step> {
    const { stores, countEveryDays, countsAs, items, startMs } = this.#options;
    const dateTimeMs = startMs + day * DAY_MS + COUNT_TIME_MS;
    for (let storeId = 0; storeId < stores; storeId++) {
      const isCountDay = day === 0 || (countEveryDays > 0 && (day + storeId) % countEveryDays === 0);
      if (!isCountDay) continue;
      this.#truth.countSheets++;
      this.#truth.countRows += items;
      if (countsAs === 'files') yield this.#file(storeId, dateTimeMs);
      else yield* this.#records(storeId, dateTimeMs);
    }
  }

  #file(storeId: number, dateTimeMs: number): Step {
    const writer = this.#writer;
    const { items } = this.#options;
    const storeAndTime = Buffer.from(`,${storeId},${dateTimeText(dateTimeMs)},`);
    const employeeId = this.#anyEmployee();
    writer.append(HEADER);
    for (let itemId = FIRST_ITEM_ID; itemId < FIRST_ITEM_ID + items; itemId++) {
      writer.integer(itemId);
      writer.byte(COMMA);
      writer.integer(employeeId);
      writer.append(storeAndTime);
      writer.integer(this.#stock.count(storeId, itemId, this.#random));
      writer.byte(NEWLINE);
    }
    const path = countFileName(storeId, dateTimeMs);
    return { kind: 'countFile', path, content: writer.take(), simulatedTime: dateTimeMs };
  }

  *#records(storeId: number, dateTimeMs: number): Generator<Step> {
    const employeeId = this.#anyEmployee();
    const head = `{"store_id":${storeId},"date_time":"${dateTimeText(dateTimeMs)}","employee_id":${employeeId},"items":[`;
    const end = FIRST_ITEM_ID + this.#options.items;
    for (let from = FIRST_ITEM_ID; from < end; from += MAX_RECORD_ITEMS) {
      yield {
        kind: 'record',
        topic: INVENTORY_SNAPSHOT_TOPIC.name,
        key: Buffer.from(String(storeId)),
        value: this.#record(Buffer.from(head), storeId, { from, to: Math.min(end, from + MAX_RECORD_ITEMS) }),
        simulatedTime: dateTimeMs,
      };
    }
  }

  #record(head: Buffer, storeId: number, items: { from: number; to: number }): Buffer {
    const writer = this.#writer;
    writer.append(head);
    for (let itemId = items.from; itemId < items.to; itemId++) {
      if (itemId > items.from) writer.byte(COMMA);
      writer.append(ITEM_ID);
      writer.integer(itemId);
      writer.append(QUANTITY);
      writer.integer(this.#stock.count(storeId, itemId, this.#random));
      writer.byte(BRACE);
    }
    writer.append(RECORD_END);
    return writer.take();
  }

  #anyEmployee(): number {
    return 1000 + this.#random.below(50);
  }
}

/** `2026-01-05 06:00:00`, as the scanners write it. */
function dateTimeText(epochMilliseconds: number): string {
  return formatDateTime(epochMilliseconds).slice(0, 19).replace('T', ' ');
}
