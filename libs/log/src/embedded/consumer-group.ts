import type { Partition } from './topic-catalog.ts';

/** What a group asks of its members. */
export interface GroupMember {
  /** The partitions of the topics that the member wants to read. */
  readonly wanted: readonly Partition[];
  readonly held: readonly Partition[];
  revoke(partitions: readonly Partition[]): void;
  assign(partitions: readonly Partition[]): void;
}

/** The consumers of one group in this process, and who reads which partition. */
export class ConsumerGroup {
  readonly #members: GroupMember[] = [];
  #rebalancing = false;
  #changed = false;

  join(member: GroupMember): void {
    this.#members.push(member);
    this.#rebalance();
  }

  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    this.#members.splice(index, 1);
    this.#rebalance();
  }

  /** Takes away from all before it gives to any. A handler may make members join or leave: then once more. */
  #rebalance(): void {
    this.#changed = true;
    if (this.#rebalancing) return;
    this.#rebalancing = true;
    while (this.#changed) {
      this.#changed = false;
      const shares = shareOut(this.#members);
      for (const [member, share] of shares) {
        const lost = member.held.filter((partition) => !share.has(partition));
        if (lost.length > 0) member.revoke(lost);
      }
      for (const [member, share] of shares) {
        const held = new Set(member.held);
        const gained = [...share].filter((partition) => !held.has(partition));
        if (gained.length > 0) member.assign(gained);
      }
    }
    this.#rebalancing = false;
  }
}

/** In turn: each partition goes to the next member that wants it. */
function shareOut(members: readonly GroupMember[]): Map<GroupMember, Set<Partition>> {
  const shares = new Map(members.map((member) => [member, new Set<Partition>()]));
  let turn = 0;
  for (const partition of new Set(members.flatMap((member) => member.wanted))) {
    while (!members[turn % members.length]!.wanted.includes(partition)) turn++;
    shares.get(members[turn % members.length]!)!.add(partition);
    turn++;
  }
  return shares;
}
