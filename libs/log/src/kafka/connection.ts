import { setTimeout as delay } from 'node:timers/promises';
import { LogError } from '../log-error.ts';
import type { TopicPartition } from '../record-batch.ts';
import { asLogError, isRetriable, protocolErrorType } from './kafka-error.ts';
import { type Broker, type Cluster, ClusterClass, createKafkajsLogger } from './protocol/kafkajs-internals.ts';
import { type KafkaSecurity, socketSecurity } from './security.ts';
import { createSocket } from './sockets.ts';

export type ConnectionOptions = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security: KafkaSecurity;
};

const CONNECT_MS = 5_000;
const CLOSE_MS = 2_000;
/** Below a worker's session, 15 s: a connection that is dead without knowing must not cost the membership. */
const ANSWER_MS = 10_000;
/** Before a session's end; MSK IAM's last 15 minutes. */
const REAUTHENTICATE_MS = 60_000;
const METADATA_AGE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const SILENT = 0;
const GROUP_COORDINATOR = 0;

/** Connections to the brokers of one cluster, and who leads which partition. */
export class KafkaConnection {
  readonly #options: ConnectionOptions;
  readonly #cluster: Cluster;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#cluster = new ClusterClass({
      // Whatever matters comes as a rejection; what kafkajs logs beside it would be said twice.
      logger: createKafkajsLogger({ level: SILENT, logCreator: () => () => {} }),
      socketFactory: createSocket,
      brokers: options.brokers,
      ...socketSecurity(options.security),
      clientId: options.clientId,
      connectionTimeout: CONNECT_MS,
      authenticationTimeout: CONNECT_MS,
      reauthenticationThreshold: REAUTHENTICATE_MS,
      requestTimeout: ANSWER_MS,
      enforceRequestTimeout: true,
      metadataMaxAge: METADATA_AGE_MS,
      // Each address once: what is worth more patience than that is tried again by `retrying`.
      retry: { retries: options.brokers.length - 1, initialRetryTime: FIRST_PAUSE_MS, maxRetryTime: LONGEST_PAUSE_MS },
      allowAutoTopicCreation: false,
    });
  }

  /** Rejects with one error that names the remedy, after every broker has been tried. */
  async open(): Promise<void> {
    try {
      await this.#cluster.connect();
      await this.#cluster.refreshMetadata();
    } catch (error) {
      // A topic of somebody else's may have its troubles: whoever answers so has let us in.
      if (protocolErrorType(error) === 'LEADER_NOT_AVAILABLE') return;
      await this.close();
      throw asLogError(error, `cannot connect to Kafka at ${this.#options.brokers.join(',')}`);
    }
  }

  /** Waits a moment for what is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const patience = new AbortController();
    const tooLate = delay(CLOSE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.#cluster.disconnect().catch(() => undefined), tooLate]);
    patience.abort();
    const { brokers, seedBroker } = this.#cluster.brokerPool;
    for (const broker of [...Object.values(brokers), seedBroker]) cutOff(broker);
  }

  async controller(): Promise<Broker> {
    return this.#cluster.findControllerBroker();
  }

  async coordinator(group: string): Promise<Broker> {
    try {
      return await this.#cluster.findGroupCoordinator({ groupId: group });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSGroupCoordinatorNotFound') throw error;
      // kafkajs keeps what the brokers said to itself, a missing permission too: this rejects with it.
      const broker = await this.#cluster.findControllerBroker();
      await broker.findGroupCoordinator({ groupId: group, coordinatorType: GROUP_COORDINATOR });
      throw error;
    }
  }

  async broker(nodeId: number): Promise<Broker> {
    return this.#cluster.findBroker({ nodeId });
  }

  /** Node id of the partition's leader, as last heard; undefined while there is none. */
  leaderOf({ topic, partition }: TopicPartition): number | undefined {
    const found = this.#cluster.findTopicPartitionMetadata(topic).find((one) => one.partitionId === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  /** How many partitions the topic has; undefined when there is no such topic. */
  async partitionCount(topic: string): Promise<number | undefined> {
    try {
      await this.#cluster.addMultipleTargetTopics([topic]);
      await this.#cluster.refreshMetadataIfNecessary();
    } catch (error) {
      if (protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
      throw error;
    }
    return this.#cluster.findTopicPartitionMetadata(topic).length;
  }

  /** Throws a `LogError` when the topic is not there. */
  async partitions(topic: string): Promise<readonly TopicPartition[]> {
    const count = await this.partitionCount(topic);
    if (count === undefined) {
      throw new LogError(
        'unknown_topic',
        `Kafka at ${this.#options.brokers.join(',')} has no topic ${topic}, or this user may not see it: create it first`,
      );
    }
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  }

  /** Asks anew who leads what, and connects again where no broker is left. */
  async refresh(): Promise<void> {
    // It would open sockets that nobody closes.
    if (this.#isClosed) return;
    await this.#cluster.connect();
    await this.#cluster.refreshMetadata();
  }

  /**
   * An exchange with a broker. One that did not answer loses its connections: kafkajs would keep them, and they may
   * be dead without knowing.
   */
  async exchange<Answer>(broker: Broker, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSRequestTimeoutError') cutOff(broker);
      throw error;
    }
  }

  /**
   * Calls `attempt` until it succeeds, for as long as what it meets may pass and `isWanted`, and for `forMs` at
   * most. Rejects with the last error.
   */
  async retrying<Result>(attempt: () => Promise<Result>, patience: Patience): Promise<Result> {
    const endsAt = performance.now() + patience.forMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRetriable(error) || performance.now() > endsAt || patience.isWanted?.() === false) throw error;
        await delay(pauseMs);
        await this.refresh().catch(() => undefined);
      }
    }
  }
}

export type Patience = {
  readonly forMs: number;
  readonly isWanted?: () => boolean;
};

/** Ends the connections to a broker, and with them every request that waits for its answer. */
function cutOff(broker: Broker | undefined): void {
  for (const { socket } of broker?.connectionPool.pool ?? []) socket?.destroy(new Error('given up without an answer'));
}
