import { partitionName, type Position, type TopicPartition } from '@tillstream/log';
import type { Dice } from '../../support/dice.ts';
import type { FakeConsumer } from './fake-consumer.ts';

/** The members of a group, who reads what, and the committed positions. */
export class ConsumerGroup {
  readonly committed = new Map<string, number>();
  readonly members = new Set<FakeConsumer>();
  readonly #partitions: readonly TopicPartition[];
  readonly #dice: Dice;

  constructor(partitions: readonly TopicPartition[], dice: Dice) {
    this.#partitions = partitions;
    this.#dice = dice;
  }

  join(member: FakeConsumer): void {
    this.members.add(member);
    this.rebalance();
  }

  /** Deals the partitions out anew; eagerly (everybody loses everything first) or moving only what must move. */
  rebalance(): void {
    const members = [...this.members];
    if (members.length === 0) return;
    const shares = new Map(members.map((member): [FakeConsumer, TopicPartition[]] => [member, []]));
    for (const partition of this.#partitions) shares.get(this.#dice.pick(members))!.push(partition);
    const isEager = this.#dice.chance(0.5);
    for (const [member, share] of shares) {
      member.revoke(isEager ? member.held : member.held.filter((one) => !share.includes(one)));
    }
    for (const [member, share] of shares) {
      const held = new Set(member.held);
      member.assign(share.filter((one) => !held.has(one)));
    }
  }

  /** Whether a member has one of these partitions. */
  isHeld(partitions: readonly TopicPartition[]): boolean {
    const names = new Set(partitions.map(partitionName));
    return [...this.members].some(({ held }) => held.some((one) => names.has(partitionName(one))));
  }

  commit(positions: readonly Position[]): void {
    for (const position of positions) this.committed.set(partitionName(position), position.nextOffset);
  }

  /** Some committed position goes back: an unclean election of the broker that keeps them. */
  rewind(): string {
    const [name, offset] = this.#dice.pick([...this.committed]);
    const back = this.#dice.below(offset + 1);
    this.committed.set(name, back);
    return `${name} from ${offset} to ${back}`;
  }
}
