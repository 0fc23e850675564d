import { formatDateTime, INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { partitionOf, RecordBatchBuilder, type Log, type OutgoingBatch } from '@tillstream/log';
import type { Store } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITIONS } from '../input/input.ts';
import { median } from '../measure/statistics.ts';

/** Behind the items of the input: nobody else sells them. */
export const FIRST_PROBE_ITEM_ID = 100_501;
/** Five minutes of them. */
export const PROBE_ITEMS = 3000;
const ITEMS_OF_A_COUNT = 1000;
const SEND_EVERY_MS = 100;
const POLL_EVERY_MS = 25;
const STORE_ID = 1;

type Probe = { readonly sentAt: number; visibleAt: number };

/**
 * One sale after the other, each of an item of its own that was counted before, and a reader that asks what it can see of
 * them: the same question to every contender, from a record's timestamp to a reader that sees its effect.
 */
export class Probes {
  readonly #log: Log;
  readonly #store: Store;
  readonly #inventory: string;
  readonly #all: Probe[] = [];
  readonly #questionSeconds: number[] = [];
  #isSending = false;

  private constructor(log: Log, store: Store, inventory: string) {
    this.#log = log;
    this.#store = store;
    this.#inventory = inventory;
  }

  /** Counts the items, so that a sale of one of them shows. */
  static async open({ log, store }: { readonly log: Log; readonly store: Store }, inventory: string): Promise<Probes> {
    const date_time = formatDateTime(Date.now() - 60_000);
    for (let first = FIRST_PROBE_ITEM_ID; first < FIRST_PROBE_ITEM_ID + PROBE_ITEMS; first += ITEMS_OF_A_COUNT) {
      const items = Array.from({ length: ITEMS_OF_A_COUNT }, (_, index) => ({ item_id: first + index, quantity: 0 }));
      const count = { store_id: STORE_ID, date_time, employee_id: 1, items };
      await log.produce([recordOf(INVENTORY_SNAPSHOT_TOPIC.name, String(STORE_ID), count)]);
    }
    return new Probes(log, store, inventory);
  }

  /** Sends probes until `work` is done. At most as many as there are items. */
  async during(work: Promise<unknown>): Promise<void> {
    this.#isSending = true;
    const sending = this.#send();
    try {
      await work;
    } finally {
      this.#isSending = false;
      await sending;
    }
  }

  /** Looks until a probe that was sent at `since` or later is visible, and returns when it was. */
  async firstVisibleSince(since: number, withinMs: number): Promise<number> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      await this.#look();
      const visible = this.#all.filter(({ sentAt, visibleAt }) => sentAt >= since && visibleAt < Infinity);
      if (visible.length > 0) return Math.min(...visible.map(({ visibleAt }) => visibleAt));
      await sleep(POLL_EVERY_MS);
    }
    return Infinity;
  }

  /** Looks until `isOver`, and then until all are visible or the time is up. */
  async lookUntil(isOver: () => boolean, withinMs: number): Promise<void> {
    let deadline = Infinity;
    for (;;) {
      await this.#look();
      if (isOver()) {
        deadline = Math.min(deadline, Date.now() + withinMs);
        const isAllVisible = this.#all.every(({ visibleAt }) => visibleAt < Infinity);
        if (isAllVisible || Date.now() > deadline) return;
      }
      await sleep(POLL_EVERY_MS);
    }
  }

  /** Median seconds of asking what is visible: so much later than it became visible is a probe seen, and the pause. */
  get questionSeconds(): number {
    return median(this.#questionSeconds);
  }

  /** Seconds from a probe's timestamp to its being visible, of those sent since then; infinite where it never was. */
  freshnessSince(since: number): number[] {
    return this.#all
      .filter(({ sentAt }) => sentAt >= since)
      .map(({ sentAt, visibleAt }) => (visibleAt - sentAt) / 1000);
  }

  /** By the clock, whatever the broker takes for each: one that stalls gets no fewer of them. */
  async #send(): Promise<void> {
    const stored: Promise<void>[] = [];
    for (let due = Date.now(); this.#isSending && this.#all.length < PROBE_ITEMS; due += SEND_EVERY_MS) {
      const storing = this.#sendOne();
      // Who waits for all of them below hears of it.
      storing.catch(() => undefined);
      stored.push(storing);
      await sleep(Math.max(0, due + SEND_EVERY_MS - Date.now()));
    }
    await Promise.all(stored);
  }

  async #sendOne(): Promise<void> {
    const probe = this.#all.length;
    const sentAt = Date.now();
    this.#all.push({ sentAt, visibleAt: Infinity });
    const sale = {
      trans_id: `PROBE-${sentAt}-${probe}`,
      store_id: STORE_ID,
      date_time: formatDateTime(sentAt),
      change_type_id: 1,
      items: [{ item_id: FIRST_PROBE_ITEM_ID + probe, quantity: -1 }],
    };
    await this.#log.produce([recordOf(INVENTORY_CHANGE_TOPIC.name, sale.trans_id, sale, sentAt)]);
  }

  async #look(): Promise<void> {
    const waiting = this.#all.findIndex(({ visibleAt }) => visibleAt === Infinity);
    if (waiting < 0) return;
    const askedAt = performance.now();
    const rows = await this.#store.query<{ item_id: number }>(
      `SELECT item_id FROM ${this.#inventory}
       WHERE store_id = ${STORE_ID} AND item_id >= ${FIRST_PROBE_ITEM_ID + waiting} AND current_inventory = -1`,
    );
    const now = Date.now();
    this.#questionSeconds.push((performance.now() - askedAt) / 1000);
    for (const { item_id: itemId } of rows) {
      const probe = this.#all[itemId - FIRST_PROBE_ITEM_ID];
      if (probe?.visibleAt === Infinity) probe.visibleAt = now;
    }
  }
}

function recordOf(topic: string, keyText: string, message: object, timestamp = Date.now()): OutgoingBatch {
  const key = Buffer.from(keyText);
  const builder = new RecordBatchBuilder(topic, partitionOf(key, PARTITIONS));
  builder.append({ key, value: Buffer.from(JSON.stringify(message)), timestamp });
  return builder.build();
}
