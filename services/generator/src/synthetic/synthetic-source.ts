import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';

import { Random } from '../random.ts';
import type { Source, Step } from '../source.ts';
import { FIRST_ITEM_ID } from './catalogue.ts';
import { CountSheets } from './count-sheets.ts';
import { Draft } from './draft.ts';
import { FaultMixer } from './fault-mixer.ts';
import { emptyTruth, type GroundTruth } from './ground-truth.ts';
import { enter, type Message } from './message.ts';
import { completeOptions, RANDOM_STREAMS, syntheticId, type SyntheticOptions } from './options.ts';
import { Stock } from './stock.ts';
import { DAY_MS, timeOfDay } from './trading-hours.ts';
import { Trade } from './trade.ts';

export interface SyntheticSource extends Source {
  /** What the steps taken since `steps()` was last called amount to; the whole truth once there are no more. */
  readonly truth: GroundTruth;
  /** The right answer: what each counted key amounts to by all transactions, once there are no more steps. */
  currentInventory(): Iterable<{ readonly storeId: number; readonly itemId: number; readonly quantity: number }>;
}

/** A retailer that does not exist: seeded, the same bytes for the same options on any machine. */
export function syntheticSource(options: Partial<SyntheticOptions> = {}): SyntheticSource {
  return new Simulation(completeOptions(options));
}

class Simulation implements SyntheticSource {
  readonly id: string;
  readonly topics: readonly string[];
  truth = emptyTruth();
  readonly #options: SyntheticOptions;
  #stock: Stock | undefined;

  constructor(options: SyntheticOptions) {
    this.#options = options;
    this.id = syntheticId(options);
    const changes = [INVENTORY_CHANGE_TOPIC.name];
    this.topics = options.countsAs === 'files' ? changes : [...changes, INVENTORY_SNAPSHOT_TOPIC.name];
  }

  *steps(): Generator<Step> {
    const options = this.#options;
    this.truth = emptyTruth();
    const tradeRandom = new Random(options.seed, RANDOM_STREAMS.trade);
    this.#stock = new Stock(options, tradeRandom);
    const trade = new Trade(options, this.#stock, tradeRandom);
    const sheets = new CountSheets(options, this.#stock, this.truth);
    const mixer = new FaultMixer(options, this.truth);
    const draft = new Draft();
    const outgoing: Message[] = [];
    let time = options.startMs;
    let day = 0;
    yield* sheets.ofDay(day);
    for (let index = 0; index < options.transactions; index++) {
      const daysPassed = (index / options.transactions) * options.days;
      while (day < Math.floor(daysPassed)) yield* sheets.ofDay(++day);
      time = options.startMs + day * DAY_MS + timeOfDay(daysPassed - day);
      trade.next(draft);
      draft.dateTimeMs = time;
      mixer.mix(draft, outgoing);
      yield* this.#send(outgoing, time);
    }
    mixer.drain(outgoing);
    yield* this.#send(outgoing, time);
  }

  *#send(outgoing: Message[], simulatedTime: number): Generator<Step> {
    for (const message of outgoing) {
      enter(this.truth, message);
      const { key, value } = message;
      yield { kind: 'record', topic: INVENTORY_CHANGE_TOPIC.name, key, value, simulatedTime };
    }
    outgoing.length = 0;
  }

  *currentInventory(): Generator<{ storeId: number; itemId: number; quantity: number }> {
    if (this.#stock === undefined) return;
    for (let storeId = 0; storeId < this.#options.stores; storeId++) {
      for (let itemId = FIRST_ITEM_ID; itemId < FIRST_ITEM_ID + this.#options.items; itemId++) {
        yield { storeId, itemId, quantity: this.#stock.booked(storeId, itemId) };
      }
    }
  }
}
