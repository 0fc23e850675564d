import type { TopicPartition } from '../../record-batch.ts';
import { type GroupMember, MemberAssignment, MemberMetadata } from '../protocol/kafkajs-internals.ts';

/** The protocol that the members of a group agree on; another name cannot join them. */
export const ASSIGNER = 'tillstream-sticky-1';
const VERSION = 0;

/** What a member tells the leader. */
export type MemberWishes = {
  readonly topics: readonly string[];
  /** Held up to now, in the generation `generation`. */
  readonly held: readonly TopicPartition[];
  readonly generation: number;
};

type Member = MemberWishes & { readonly memberId: string };

export function encodeWishes({ topics, held, generation }: MemberWishes): Buffer {
  const userData = Buffer.from(JSON.stringify({ generation, held: byTopic(held) }));
  return MemberMetadata.encode({ version: VERSION, topics, userData });
}

function decodeWishes({ memberId, memberMetadata }: GroupMember): Member {
  const { topics, userData } = MemberMetadata.decode(memberMetadata);
  const claims = JSON.parse(userData?.toString() ?? '{}') as { generation?: number; held?: Record<string, number[]> };
  return { memberId, topics, held: flat(claims.held ?? {}), generation: claims.generation ?? -1 };
}

export function decodeAssignment(assignment: Buffer): readonly TopicPartition[] {
  return flat(MemberAssignment.decode(assignment)?.assignment ?? {});
}

/**
 * Deals out all partitions, as the leader of a group. Shares of a topic differ by one at most, and within that
 * everybody keeps what he has: a partition that moves costs a recovery of its state.
 */
export function assign(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => readonly TopicPartition[],
): { readonly memberId: string; readonly memberAssignment: Buffer }[] {
  // The latest claims first: an older one of the same partition is out of date.
  const wishes = members
    .map(decodeWishes)
    .toSorted((a, b) => b.generation - a.generation || (a.memberId < b.memberId ? -1 : 1));
  const shares = new Map(wishes.map(({ memberId }): [string, TopicPartition[]] => [memberId, []]));
  for (const topic of new Set(wishes.flatMap(({ topics }) => topics))) {
    const wanting = wishes.filter(({ topics }) => topics.includes(topic));
    for (const [memberId, share] of shareOut(partitionsOf(topic), wanting, shares))
      shares.get(memberId)!.push(...share);
  }
  return Array.from(shares, ([memberId, share]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({ version: VERSION, assignment: byTopic(share) }),
  }));
}

/** One topic. Who has the least of other topics comes first where a share is one larger. */
function shareOut(
  partitions: readonly TopicPartition[],
  members: readonly Member[],
  others: ReadonlyMap<string, readonly TopicPartition[]>,
): Map<string, TopicPartition[]> {
  const floor = Math.floor(partitions.length / members.length);
  let larger = partitions.length % members.length;
  const free = new Map(partitions.map((one) => [one.partition, one]));
  const shares = new Map<string, TopicPartition[]>();
  for (const { memberId, held } of members) {
    const kept = held.filter(({ topic, partition }) => topic === partitions[0]?.topic && free.has(partition));
    const size = kept.length > floor && larger > 0 ? floor + 1 : floor;
    if (kept.length > floor && larger > 0) larger--;
    const share = kept.slice(0, size);
    for (const { partition } of share) free.delete(partition);
    shares.set(memberId, share);
  }
  const load = (memberId: string): number => shares.get(memberId)!.length * 1e6 + others.get(memberId)!.length;
  for (const one of free.values()) {
    const [least] = [...shares.keys()].toSorted((a, b) => load(a) - load(b));
    shares.get(least!)!.push(one);
  }
  return shares;
}

function byTopic(partitions: readonly TopicPartition[]): Record<string, number[]> {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return Object.fromEntries(Array.from(topics, ([topic, ofTopic]) => [topic, ofTopic.map((one) => one.partition)]));
}

function flat(topics: Readonly<Record<string, readonly number[]>>): TopicPartition[] {
  return Object.entries(topics).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}
