import type { Position, TopicPartition } from '../../record-batch.ts';
import type { KafkaConnection } from '../connection.ts';
import { protocolErrorType } from '../kafka-error.ts';
import type { Broker } from '../protocol/kafkajs-internals.ts';
import { assign, ASSIGNER, decodeAssignment, encodeWishes } from './assignment.ts';
import type { ConsumerTimings } from './timings.ts';

export type MembershipOptions = {
  readonly group: string;
  readonly topics: readonly string[];
  readonly timings: ConsumerTimings;
  /** Partitions of each topic, by its name. */
  readonly partitions: ReadonlyMap<string, readonly TopicPartition[]>;
};

export type Joined = {
  readonly partitions: readonly TopicPartition[];
  /** Whether what was held before this generation was held without a break, so that its state still stands. */
  readonly isContinued: boolean;
};

/** What a coordinator says to a member: all is well, come and join again, or you are out. */
export type Standing = 'member' | 'rebalancing' | 'expelled';

const OUT = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);

/** One member of a group in the eyes of its coordinator: a member id, and the generation that it has a share in. */
export class Membership {
  readonly #connection: KafkaConnection;
  readonly #options: MembershipOptions;
  #memberId = '';
  /** The last generation whose assignment this member has got; -1 for none. */
  #generation = -1;
  /** As last found; asked for again after any trouble. */
  #coordinator: Broker | undefined;

  constructor(connection: KafkaConnection, options: MembershipOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Puts out who is in the group under this client id. One that was killed would keep its partitions until its session
   * ends; nobody else may have the name.
   */
  async replace(clientId: string): Promise<void> {
    const { group } = this.#options;
    const coordinator = await this.#connection.coordinator(group);
    await this.#connection.exchange(coordinator, async () => {
      const { groups } = await coordinator.describeGroups({ groupIds: [group] });
      const left = groups.flatMap(({ members }) => members).filter((member) => member.clientId === clientId);
      for (const { memberId } of left) await coordinator.leaveGroup({ groupId: group, memberId });
    });
  }

  /** One attempt to join. Undefined when the group changed meanwhile: then once more. */
  async join(held: readonly TopicPartition[]): Promise<Joined | undefined> {
    const { group, timings, topics } = this.#options;
    const before = this.#generation;
    return this.#asMember(async (coordinator) => {
      const joined = await coordinator.joinGroup({
        groupId: group,
        sessionTimeout: timings.sessionMs,
        rebalanceTimeout: timings.rebalanceMs,
        memberId: this.#memberId,
        groupProtocols: [{ name: ASSIGNER, metadata: encodeWishes({ topics, held, generation: before }) }],
      });
      this.#memberId = joined.memberId;
      const isLeader = joined.leaderId === joined.memberId;
      const { memberAssignment } = await coordinator.syncGroup({
        groupId: group,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupAssignment: isLeader ? assign(joined.members, (topic) => this.#options.partitions.get(topic) ?? []) : [],
      });
      this.#generation = joined.generationId;
      // A generation that was missed may have given the partitions to somebody else for a while.
      return { partitions: decodeAssignment(memberAssignment), isContinued: joined.generationId === before + 1 };
    });
  }

  async heartbeat(): Promise<Standing> {
    if (this.#generation === -1) return 'expelled';
    return this.#standing(async (coordinator) => {
      await coordinator.heartbeat(this.#identity());
    });
  }

  /** `member` when the positions are stored; nothing is stored otherwise. */
  async commit(positions: readonly Position[]): Promise<Standing> {
    if (this.#generation === -1) return 'expelled';
    const topics = Array.from(
      Map.groupBy(positions, ({ topic }) => topic),
      ([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition, nextOffset }) => ({ partition, offset: String(nextOffset) })),
      }),
    );
    return this.#standing(async (coordinator) => {
      await coordinator.offsetCommit({ ...this.#identity(), topics });
    });
  }

  async leave(): Promise<void> {
    const { group } = this.#options;
    const memberId = this.#memberId;
    if (memberId === '') return;
    this.#memberId = '';
    this.#generation = -1;
    const coordinator = await this.#connection.coordinator(group);
    await this.#connection.exchange(coordinator, async () => coordinator.leaveGroup({ groupId: group, memberId }));
  }

  #identity(): { readonly groupId: string; readonly groupGenerationId: number; readonly memberId: string } {
    return { groupId: this.#options.group, groupGenerationId: this.#generation, memberId: this.#memberId };
  }

  async #standing(call: (coordinator: Broker) => Promise<void>): Promise<Standing> {
    const done = await this.#asMember(async (coordinator) => {
      await call(coordinator);
      return 'member' as const;
    });
    return done ?? (this.#generation === -1 ? 'expelled' : 'rebalancing');
  }

  /** Undefined when the coordinator wants this member to join again; it then knows whether it was put out. */
  async #asMember<Result>(call: (coordinator: Broker) => Promise<Result>): Promise<Result | undefined> {
    const [generation, memberId] = [this.#generation, this.#memberId];
    const coordinator = (this.#coordinator ??= await this.#connection.coordinator(this.#options.group));
    try {
      return await this.#connection.exchange(coordinator, async () => call(coordinator));
    } catch (error) {
      const type = protocolErrorType(error) ?? '';
      if (type === 'REBALANCE_IN_PROGRESS') return undefined;
      this.#coordinator = undefined;
      if (!OUT.has(type)) throw error;
      // Said of a generation or an id that has passed meanwhile, it is no news.
      if (generation === this.#generation) this.#generation = -1;
      if (type !== 'ILLEGAL_GENERATION' && memberId === this.#memberId) this.#memberId = '';
      return undefined;
    }
  }
}
