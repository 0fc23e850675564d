import {
  INVENTORY_CURRENT,
  PartitionStock,
  RowBinaryWriter,
  SILVER_INVENTORY_TOPIC,
  type StoreAndItem,
} from '@tillstream/inventory';
import type { RecordBatch, TopicPartition } from '@tillstream/log';
import type { Stage, StageOutput } from '@tillstream/runtime';
import { applyBlocks, type Noted } from './apply-blocks.ts';
import type { StockHistory } from './history.ts';
import { FeedBuilder, versionOf, writeGoldRow } from './output/gold-rows.ts';
import { LiveNews } from './output/live-news.ts';

export type GoldStageOptions = {
  readonly pipeline: string;
  /** Raised by one for a full refresh, a changed rule or a re-created topic: a higher era outranks every lower one. */
  readonly era: number;
  /** Changes held one by one, in each partition. */
  readonly recentChanges: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly isHeard: (subject: string) => boolean;
};

export const GOLD_SERVICE = 'gold-aggregator';

/** Blocks of changes and counts in; absolute values of current inventory out, of every key that was touched. */
export class GoldStage implements Stage {
  readonly service = GOLD_SERVICE;
  readonly #options: GoldStageOptions;
  readonly #history: StockHistory;
  readonly #stocks = new Map<number, PartitionStock>();
  readonly #rows = new RowBinaryWriter();

  constructor(options: GoldStageOptions, history: StockHistory) {
    this.#options = options;
    this.#history = history;
  }

  /**
   * Rebuilds the keys from the silver tables. The border is asked after the sums: a change that is stored in between
   * lies below it, so when its block comes the key is looked up.
   */
  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { partition } of partitions) {
      this.#stocks.set(partition, new PartitionStock(this.#options.recentChanges));
    }
    for await (const { partition, key } of this.#history.keys(partitions)) {
      // A partition may be lost again while it is rebuilt.
      this.#stocks.get(partition)?.restore(key);
    }
    const lastOffsets = await this.#history.lastOffsets();
    for (const { partition } of partitions) {
      const stock = this.#stocks.get(partition);
      lastOffsets.forEach((offset, sourcePartition) => stock?.forgetUpTo(sourcePartition, offset));
    }
  }

  revoked(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.#stocks.delete(partition);
  }

  stateBytes(): number {
    let bytes = 0;
    for (const stock of this.#stocks.values()) bytes += stock.byteLength;
    return bytes;
  }

  stateKeys(): number {
    let keys = 0;
    for (const stock of this.#stocks.values()) keys += stock.keys.size;
    return keys;
  }

  async process(batches: readonly RecordBatch[]): Promise<StageOutput> {
    const noted: Noted = { timestamps: [], silverTookSum: 0 };
    const touched = batches.map((batch) => {
      const stock = this.#stocks.get(batch.partition)!;
      stock.startBatch();
      applyBlocks(stock, batch, noted);
      return { partition: batch.partition, stock };
    });
    const lookedUp = await this.#warm(touched.map(({ stock }) => stock));
    const { publish, news, rows } = this.#write(touched);
    const blocks = batches.reduce((sum, batch) => sum + batch.count, 0);
    const dataset = INVENTORY_CURRENT.name;
    return {
      firstTables: [],
      tables: rows === 0 ? [] : [{ table: INVENTORY_CURRENT, rows, bytes: this.#rows.bytes() }],
      publish,
      news,
      counts: [
        { name: 'records_read', dataset: SILVER_INVENTORY_TOPIC.name, value: blocks },
        { name: 'rows_written', dataset, value: rows },
        { name: 'cold_look_ups', dataset, value: lookedUp },
      ],
      visible: { timestamps: Float64Array.from(noted.timestamps), silverTookSum: noted.silverTookSum },
    };
  }

  /** Takes cold keys' state from the store, in one query for each partition that has any. */
  async #warm(stocks: readonly PartitionStock[]): Promise<number> {
    let lookedUp = 0;
    for (const stock of stocks) {
      if (stock.coldKeys.size === 0) continue;
      const keys: StoreAndItem[] = Array.from(stock.coldKeys, (key) => ({
        storeId: stock.keys.storeId[key]!,
        itemId: stock.keys.itemId[key]!,
      }));
      for (const key of await this.#history.lookUp(keys, stock.forgottenOffsets)) stock.restore(key);
      if (stock.coldKeys.size > 0) {
        throw new Error(`${stock.coldKeys.size} keys were published and are not in the silver tables`);
      }
      lookedUp += keys.length;
    }
    return lookedUp;
  }

  #write(touched: readonly { partition: number; stock: PartitionStock }[]): Pick<StageOutput, 'publish' | 'news'> & {
    rows: number;
  } {
    const { era, pipeline, isHeard, now } = this.#options;
    const feed = new FeedBuilder(now());
    const news = new LiveNews(pipeline, isHeard);
    this.#rows.clear();
    for (const { partition, stock } of touched) {
      for (const key of stock.touched) {
        const value = stock.value(key);
        if (value === undefined) continue;
        const storeId = stock.keys.storeId[key]!;
        const itemId = stock.keys.itemId[key]!;
        const row = { ...value, storeId, itemId, version: versionOf(era, stock.keys.touchedBlock[key]!) };
        writeGoldRow(this.#rows, row);
        news.add(storeId, feed.add(partition, row));
      }
    }
    return { publish: feed.build(), news: news.build(), rows: this.#rows.rows };
  }
}
