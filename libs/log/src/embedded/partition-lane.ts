import type { RecordBatch } from '../record-batch.ts';
import type { Partition } from './topic-catalog.ts';

export type LaneSource = {
  /** Where to begin unless `seek` says otherwise. */
  firstOffset(partition: Partition): number;
  fetch(partition: Partition, offset: number): RecordBatch | undefined;
  /** Settles when it is this lane's turn to use the event loop. */
  turn(): Promise<void>;
};

/** Delivers one partition to one consumer, batch after batch, from its assignment to its revocation. */
export class PartitionLane {
  readonly partition: Partition;
  readonly #source: LaneSource;
  #nextOffset: number | undefined;
  #paused = false;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(partition: Partition, source: LaneSource) {
    this.partition = partition;
    this.#source = source;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Runs until `stop`; rejects as `deliver` does. */
  async run(deliver: (batch: RecordBatch) => Promise<void>): Promise<void> {
    for (;;) {
      await this.#source.turn();
      if (this.#stopped) return;
      const batch = this.#paused ? undefined : this.#fetch();
      if (batch === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        // Before the handler runs, so that a seek of the handler's is not overwritten.
        this.#nextOffset = batch.nextOffset;
        await deliver(batch);
      }
    }
  }

  seek(nextOffset: number): void {
    this.#nextOffset = nextOffset;
    this.wake();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    this.wake();
  }

  /** Looks again for records, if it waits for some. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #fetch(): RecordBatch | undefined {
    this.#nextOffset ??= this.#source.firstOffset(this.partition);
    return this.#source.fetch(this.partition, this.#nextOffset);
  }
}
