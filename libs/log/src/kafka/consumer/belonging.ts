import type { TopicPartition } from '../../record-batch.ts';
import type { Joined, Membership, Standing } from './membership.ts';

export type BelongingOptions = {
  readonly membership: Membership;
  readonly heartbeatMs: number;
  /** What is held at the moment. */
  readonly held: () => readonly TopicPartition[];
  /** The shares of a generation are known. */
  readonly joined: (share: Joined) => void;
  /** Nothing is held any more: somebody else may have begun. */
  readonly expelled: () => void;
  /** Called with each heartbeat; rejects to end it all. */
  readonly check: () => Promise<void>;
  readonly retrying: <Result>(attempt: () => Promise<Result>) => Promise<Result>;
};

/** Joins a group and stays, whatever the handler does meanwhile; joins again after each change of the group. */
export class Belonging {
  readonly #options: BelongingOptions;
  #isLeaving = false;
  /** Settles when the rebalance that goes on is over. */
  #stable = Promise.withResolvers<void>();
  #isStable = false;
  /** Ends the pause between two heartbeats. */
  #beatNow: () => void = () => {};

  constructor(options: BelongingOptions) {
    this.#options = options;
  }

  /** Runs until `leave`; rejects when the membership cannot go on. */
  async run(): Promise<void> {
    const { membership, retrying } = this.#options;
    while (!this.#isLeaving) {
      const held = this.#options.held();
      const joined = await retrying(async () => membership.join(held));
      if (joined === undefined) continue;
      this.#options.joined(joined);
      if ((await this.#beat()) === 'expelled') this.#options.expelled();
    }
  }

  /** Settles when no rebalance is going on. */
  async stable(): Promise<void> {
    await this.#stable.promise;
  }

  /** The group may be changing: who commits waits until that is known. */
  suspect(): void {
    if (this.#isStable) this.#stable = Promise.withResolvers();
    this.#isStable = false;
    this.#beatNow();
  }

  leave(): void {
    this.#isLeaving = true;
    this.#stable.resolve();
    this.#beatNow();
  }

  async #beat(): Promise<Standing> {
    for (;;) {
      this.#isStable = true;
      this.#stable.resolve();
      await this.#pause();
      if (this.#isLeaving) return 'member';
      const standing = await this.#options.retrying(async () => {
        await this.#options.check();
        return this.#options.membership.heartbeat();
      });
      if (standing === 'member') continue;
      this.suspect();
      return standing;
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.heartbeatMs);
      this.#beatNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
