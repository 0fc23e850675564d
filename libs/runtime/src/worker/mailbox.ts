import type { RecordBatch } from '@tillstream/log';

/** A batch in the mailbox; `done` lets its partition deliver the next one. */
export type Delivery = { readonly batch: RecordBatch; readonly done: () => void };

type Waiting = Delivery & { readonly reject: (error: Error) => void };
type Command = { readonly run: () => Promise<void>; readonly reject: (error: Error) => void };

/** What a worker has been sent: batches and commands. One reader, the worker's loop. */
export class Mailbox {
  #deliveries: Waiting[] = [];
  /** In the hands of the loop, or done already. */
  #taken: Waiting[] = [];
  #commands: Command[] = [];
  #bytes = 0;
  #held = false;
  #closed = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** Settles when the loop is done with the batch. */
  async deliver(batch: RecordBatch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    // Nobody will take it: whoever owns the partition next reads it again.
    if (this.#closed) return;
    await new Promise<void>((resolve, reject) => {
      this.#deliveries.push({ batch, done: resolve, reject });
      this.#bytes += batch.bytes.length;
      this.#notify();
    });
  }

  async command<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new Error('the worker was told to stop and takes no more commands');
    return new Promise<Result>((resolve, reject) => {
      this.#commands.push({ run: async () => task().then(resolve, reject), reject });
      this.#notify();
    });
  }

  get isHeld(): boolean {
    return this.#held;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#notify();
  }

  /** No more batches are taken. Those that wait are let go: they were not worked on and are not committed. */
  close(): void {
    this.#closed = true;
    for (const delivery of this.#deliveries) delivery.done();
    this.#deliveries = [];
    this.#bytes = 0;
    this.#notify();
  }

  /** Whoever waits for something here is told: a batch in the hands of the loop will not be done either. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#taken, ...this.#deliveries, ...this.#commands]) reject(this.#failure);
    this.#taken = [];
    this.#deliveries = [];
    this.#commands = [];
    this.#bytes = 0;
    this.#notify();
  }

  /** Runs the commands that have come, then waits for a batch. False when the mailbox was closed; throws its failure. */
  async hasWork(): Promise<boolean> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const command = this.#commands.shift();
      if (command !== undefined) await command.run();
      else if (this.#closed) return false;
      else if (this.#deliveries.length > 0 && !this.#held) return true;
      else await this.#news();
    }
  }

  /** Waits until `time`, or until `bytes` have come, or the mailbox is closed, whichever is first. */
  async waitUntil(time: number, now: () => number, bytes: number): Promise<void> {
    for (;;) {
      const milliseconds = time - now();
      if (milliseconds <= 0 || this.#bytes >= bytes || this.#closed || this.#failure !== undefined) return;
      await this.#news(milliseconds);
    }
  }

  /** Batches of up to `bytes`, at least one; none while they are held. */
  take(bytes: number): readonly Delivery[] {
    const taken: Waiting[] = [];
    let takenBytes = 0;
    for (const delivery of this.#held ? [] : this.#deliveries) {
      const { length } = delivery.batch.bytes;
      if (taken.length > 0 && takenBytes + length > bytes) break;
      taken.push(delivery);
      takenBytes += length;
    }
    this.#deliveries.splice(0, taken.length);
    this.#bytes -= takenBytes;
    this.#taken = taken;
    return taken;
  }

  /** Settles at the next change, or after `milliseconds`. */
  async #news(milliseconds?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #notify(): void {
    this.#wake?.();
  }
}
