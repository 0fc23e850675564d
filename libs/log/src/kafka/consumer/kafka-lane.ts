import type { RecordBatch, TopicPartition } from '../../record-batch.ts';
import { endWithin, joinRanges } from '../../record-ranges.ts';
import type { FetchedRecords } from '../protocol/record-batch-reader.ts';

/** A handler that takes longer may itself be waiting for the brokers: fetching finds out whether they are there. */
const LONG_DELIVERY_MS = 5_000;

/** Delivers one partition to one consumer, batch after batch, from its assignment to its revocation. */
export class KafkaLane {
  readonly partition: TopicPartition;
  readonly #maxBatchBytes: number;
  readonly #onHungry: () => void;
  /** Where the next fetch begins; undefined until the first position is known. */
  #fetchOffset: number | undefined;
  #fetched: FetchedRecords | undefined;
  /** The first record of `#fetched` that is not delivered yet. */
  #next = 0;
  /** Whether the partition held more than what was fetched last. */
  #isBehind = false;
  /** Since when the handler has a batch. */
  #deliveringSince: number | undefined;
  #paused = false;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(partition: TopicPartition, maxBatchBytes: number, onHungry: () => void) {
    this.partition = partition;
    this.#maxBatchBytes = maxBatchBytes;
    this.#onHungry = onHungry;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Where to fetch, as soon as there is room for it. While the handler works, the next fetch is held only of a partition
   * that has more than one: of any other it would bring the few records of the next moment, and those that come until
   * the handler is done would have to wait for its turn after the next.
   */
  get wantedOffset(): number | undefined {
    if (this.#stopped || this.#paused || this.#fetched !== undefined) return undefined;
    const since = this.#deliveringSince;
    if (since !== undefined && !this.#isBehind && performance.now() - since < LONG_DELIVERY_MS) return undefined;
    return this.#fetchOffset;
  }

  /** Whether the handler has a batch. */
  get isDelivering(): boolean {
    return this.#deliveringSince !== undefined;
  }

  /** Runs until `stop`; rejects as `deliver` does. */
  async run(deliver: (batch: RecordBatch) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      const batch = this.#paused ? undefined : this.#take();
      if (batch !== undefined) {
        this.#deliveringSince = performance.now();
        await deliver(batch);
        this.#deliveringSince = undefined;
        this.#onHungry();
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Where it begins, unless `seek` has said so already. */
  begin(offset: number): void {
    if (this.#fetchOffset === undefined) this.seek(offset);
  }

  seek(nextOffset: number): void {
    this.#fetchOffset = nextOffset;
    this.#fetched = undefined;
    this.#onHungry();
  }

  /** What a fetch from `offset` has brought of records up to `end`; dropped when that is not what is wanted any more. */
  arrived(offset: number, fetched: FetchedRecords, end: number): void {
    if (offset !== this.#fetchOffset || this.#fetched !== undefined) return;
    this.#fetchOffset = fetched.nextOffset;
    this.#isBehind = fetched.nextOffset < end;
    if (fetched.records.count === 0) return;
    this.#fetched = fetched;
    this.#next = 0;
    this.#wakeUp();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#onHungry();
    this.#wakeUp();
  }

  stop(): void {
    this.#stopped = true;
    this.#wakeUp();
  }

  #take(): RecordBatch | undefined {
    const fetched = this.#fetched;
    if (fetched === undefined) return undefined;
    const { records } = fetched;
    const from = this.#next;
    const to = endWithin(records, from, this.#maxBatchBytes);
    const isLast = to === records.count;
    this.#next = to;
    if (isLast) {
      this.#fetched = undefined;
      this.#onHungry();
    }
    return {
      ...joinRanges([{ records, from, to }]),
      ...this.partition,
      // The last also covers what there is no record of: a compacted or an aborted tail.
      nextOffset: isLast ? fetched.nextOffset : records.offsets[to - 1]! + 1,
    };
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
