import {
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_CURRENT_TOPIC,
  INVENTORY_SNAPSHOT_TOPIC,
  QUARANTINE,
  REFERENCE_RULES,
  SILVER_INVENTORY_TOPIC,
} from '@tillstream/inventory';
import { partitionOf, type TopicPartition } from '@tillstream/log';
import type { Dice } from '../../support/dice.ts';
import type { Sent } from '../traffic/meaning.ts';
import { GROWN_REFERENCE, OPENING, REFERENCE } from '../traffic/shop.ts';
import { positionOf, type Placed } from '../truth/expected.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { LogServer } from './fake-log.ts';
import { StoreServer } from './fake-store.ts';
import type { Operation } from './operations.ts';
import { positionOfQuarantined, type StoredQuarantine } from './stored-rows.ts';
import { STAGES, type StageName } from './stages.ts';

/** Bugs that are planted in the world around the workers, not in their code. */
export type Sabotage =
  | 'blocks are cut'
  | 'positions are read late'
  | 'commits run ahead'
  | 'gold is computed before the roll'
  | 'eras overlap';

/** Above 2^53 in a version, as after some full refreshes. */
const FIRST_ERA = 40;

/** What outlives any worker: the servers, the clock, requests whose sender has died. */
export class World {
  readonly dice: Dice;
  readonly sabotage: Sabotage | undefined;
  readonly log = new LogServer();
  readonly store: StoreServer;
  /** Bronze has no state and needs to be there on some days only. */
  readonly stages: readonly StageName[];
  readonly silverPartitions: number;
  /** Every record that has been sent, where it stands. */
  readonly placed: Placed[] = [];
  /** On their way to a server though nobody waits for them. */
  readonly orphans: Operation[] = [];
  readonly trace: string[] | undefined;
  readonly #replayed = new Set<Placed>();
  now = OPENING;
  /** Of gold's workers that start from now on. */
  era = FIRST_ERA;

  constructor(dice: Dice, sabotage: Sabotage | undefined, traced: boolean) {
    this.dice = dice;
    this.sabotage = sabotage;
    this.trace = traced ? [] : undefined;
    this.store = new StoreServer(REFERENCE, dice);
    this.stages = dice.chance(0.25) ? ['bronze', 'silver', 'gold'] : ['silver', 'gold'];
    this.silverPartitions = dice.between(1, 3);
    this.log.createTopic(INVENTORY_CHANGE_TOPIC.name, dice.between(1, 3));
    this.log.createTopic(INVENTORY_SNAPSHOT_TOPIC.name, dice.between(1, 2));
    this.log.createTopic(SILVER_INVENTORY_TOPIC.name, this.silverPartitions);
    this.log.createTopic(INVENTORY_CURRENT_TOPIC.name, this.silverPartitions);
    for (const { service, topics } of Object.values(STAGES)) {
      this.log.groups.set(
        service,
        new ConsumerGroup(
          topics.flatMap((topic) => this.#partitionsOf(topic)),
          dice,
        ),
      );
    }
  }

  get hasGrown(): boolean {
    return this.store.reference === GROWN_REFERENCE;
  }

  growReference(): void {
    this.store.reference = GROWN_REFERENCE;
    this.note(() => 'the reference data grows');
  }

  group(stage: StageName): ConsumerGroup {
    return this.log.groups.get(STAGES[stage].service)!;
  }

  /** Says what happens; costs nothing while nobody listens. */
  note(line: () => string): void {
    this.trace?.push(line());
  }

  /** A till or a counter sends a record; its copies share their partition, as they share their key. */
  send(sent: Sent): void {
    const partitions = this.log.topics.get(sent.topic)!;
    const partition = sent.key === null ? this.dice.below(partitions.length) : partitionOf(sent.key, partitions.length);
    const { records } = partitions[partition]!;
    this.placed.push({ topic: sent.topic, partition, offset: records.length, meaning: sent.meaning });
    records.push(sent);
    this.note(() => `${sent.topic}/${partition}@${records.length - 1} ← ${sent.value?.toString() ?? 'null'}`);
  }

  /** Sends again what has waited in quarantine for reference data that has come. Returns how much. */
  replayQuarantine(): number {
    if (!this.hasGrown) return 0;
    const rows = this.store.table(QUARANTINE).all<StoredQuarantine>().filter(isWaiting);
    const waiting = new Set(rows.map(positionOfQuarantined));
    const ready = this.placed.filter((record) => !this.#replayed.has(record) && waiting.has(positionOf(record)));
    for (const record of ready) {
      this.#replayed.add(record);
      const { topic, meaning, offset } = record;
      this.send({ ...this.log.partition(record).records[offset]!, topic, meaning });
    }
    return ready.length;
  }

  #partitionsOf(topic: string): TopicPartition[] {
    return this.log.topics.get(topic)!.map(({ partition }) => ({ topic, partition }));
  }
}

function isWaiting({ rules }: StoredQuarantine): boolean {
  return rules.length > 0 && rules.every((rule) => (REFERENCE_RULES as readonly string[]).includes(rule));
}
