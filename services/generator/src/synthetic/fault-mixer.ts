import { Random } from '../random.ts';
import { Composer } from './composer.ts';
import type { Draft } from './draft.ts';
import type { GroundTruth } from './ground-truth.ts';
import { detached, type Message } from './message.ts';
import { RANDOM_STREAMS, type SyntheticOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { Reservoir } from './reservoir.ts';
import { TRADING_HOURS_A_DAY } from './trading-hours.ts';

const OUT_OF_ORDER_TRANSACTIONS = 64;
const LATE_HOURS = { from: 2, to: 48 } as const;
/** When this many messages wait, the next goes on time. */
const MAX_WAITING = 65_536;

/** Decides when each message is sent. */
export class FaultMixer {
  readonly #options: SyntheticOptions;
  readonly #truth: GroundTruth;
  readonly #random: Random;
  readonly #composer: Composer;
  readonly #outbox = new Outbox(MAX_WAITING);
  readonly #reservoir: Reservoir;
  readonly #transactionsAnHour: number;
  /** Transactions so far: the clock that delays are measured by. */
  #position = 0;

  constructor(options: SyntheticOptions, truth: GroundTruth) {
    this.#options = options;
    this.#truth = truth;
    this.#random = new Random(options.seed, RANDOM_STREAMS.faults);
    this.#composer = new Composer(options, truth, this.#random);
    this.#reservoir = new Reservoir(this.#random);
    this.#transactionsAnHour = options.transactions / (options.days * TRADING_HOURS_A_DAY);
  }

  /** Takes up the next transaction and appends to `out` what is sent at this moment. */
  mix(transaction: Draft, out: Message[]): void {
    this.#position++;
    this.#release(this.#position, out);
    const message = this.#composer.original(transaction);
    const delay = this.#delay();
    if (delay === 0) this.#send(message, out);
    else this.#outbox.put(detached(message), this.#position + delay);
    this.#sendAgain(out);
    for (const unusable of this.#composer.unusable(transaction)) this.#send(unusable, out);
  }

  /** All that still waits, in the order in which it would have come. */
  drain(out: Message[]): void {
    this.#release(Number.POSITIVE_INFINITY, out);
  }

  #release(position: number, out: Message[]): void {
    for (let message = this.#outbox.take(position); message !== undefined; message = this.#outbox.take(position)) {
      this.#send(message, out);
    }
  }

  #send(message: Message, out: Message[]): void {
    out.push(message);
    if (message.role !== 'original') return;
    if (this.#options.faults.farDuplicate > 0) this.#reservoir.offer(message);
    for (const { message: follower, after } of message.followers) this.#outbox.put(follower, this.#position + after);
  }

  /** For how many transactions the message stays behind. */
  #delay(): number {
    const { late, outOfOrder } = this.#options.faults;
    const fate = this.#random.fraction();
    if (fate >= late + outOfOrder || this.#outbox.isFull) return 0;
    if (fate >= late) {
      this.#truth.outOfOrder++;
      return 1 + this.#random.below(OUT_OF_ORDER_TRANSACTIONS);
    }
    this.#truth.late++;
    const hours = LATE_HOURS.from + this.#random.fraction() * (LATE_HOURS.to - LATE_HOURS.from);
    return 1 + Math.floor(hours * this.#transactionsAnHour);
  }

  #sendAgain(out: Message[]): void {
    if (!this.#random.chance(this.#options.faults.farDuplicate)) return;
    const again = this.#reservoir.any();
    if (again === undefined) return;
    this.#truth.farDuplicates++;
    this.#send(again, out);
  }
}
