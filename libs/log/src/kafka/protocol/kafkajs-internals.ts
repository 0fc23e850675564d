import { createRequire } from 'node:module';

/**
 * kafkajs is used below its consumer and producer: for connections, security, metadata and the requests of groups.
 * Its consumer reads the position after the handler was told of its partitions, resets a position that is out of
 * range in silence, and cannot be told of a revocation; its producer may use a sequence number twice. None of that
 * can be set. The version is pinned and no longer developed, so these paths stay what they are.
 */
const load = createRequire(import.meta.url);

type PartitionMetadata = {
  readonly partitionId: number;
  /** Node id; -1 while there is none. */
  readonly leader: number;
};

export type BrokerRequest = {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  encode(): Promise<Encoder>;
};

export type BrokerResponse<Data> = {
  decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime: number; readonly data: Data }>;
  parse(decoded: { readonly data: Data }): Promise<Data>;
};

export type GroupMember = { readonly memberId: string; readonly memberMetadata: Buffer };

type JoinedGroup = {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Everybody for the leader, nobody for the others. */
  readonly members: readonly GroupMember[];
};

export type TopicPartitions<Partition> = { readonly topic: string; readonly partitions: readonly Partition[] };

export interface Broker {
  readonly nodeId: number | null;
  readonly brokerAddress: string;
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    readonly pool: readonly { readonly socket?: { destroy(error?: Error): void } }[];
    send<Data>(exchange: {
      readonly request: BrokerRequest;
      readonly response: BrokerResponse<Data>;
      readonly requestTimeout?: number;
      readonly logResponseError?: boolean;
    }): Promise<Data>;
  };
  disconnect(): Promise<void>;
  createTopics(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
      readonly configEntries: readonly { readonly name: string; readonly value: string }[];
    }[];
    readonly timeout: number;
  }): Promise<unknown>;
  initProducerId(request: { readonly transactionTimeout: number }): Promise<{
    readonly producerId: string;
    readonly producerEpoch: number;
  }>;
  joinGroup(request: {
    readonly groupId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly memberId: string;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<JoinedGroup>;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }): Promise<unknown>;
  findGroupCoordinator(request: { readonly groupId: string; readonly coordinatorType: number }): Promise<unknown>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly members: readonly { readonly memberId: string; readonly clientId: string }[];
    }[];
  }>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[];
  }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly TopicPartitions<{ readonly partition: number }>[];
  }): Promise<{
    readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[];
  }>;
  listOffsets(request: {
    readonly isolationLevel: number;
    readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly timestamp: number }>[];
  }): Promise<{
    readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[];
  }>;
}

export interface Cluster {
  readonly brokerPool: { readonly brokers: Readonly<Record<string, Broker>>; readonly seedBroker?: Broker };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  findBroker(node: { readonly nodeId: number }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Broker>;
  removeBroker(address: { readonly host: string; readonly port: number }): void;
}

export type ClusterOptions = {
  readonly logger: unknown;
  readonly socketFactory: unknown;
  readonly brokers: readonly string[];
  readonly ssl: object | null;
  readonly sasl: object | null;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly authenticationTimeout: number;
  readonly reauthenticationThreshold: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly metadataMaxAge: number;
  readonly retry: { readonly retries: number; readonly initialRetryTime: number; readonly maxRetryTime: number };
  readonly allowAutoTopicCreation: boolean;
};

export interface Encoder {
  readonly buffer: Buffer;
  buf: Buffer;
  offset: number;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeString(value: string | null): Encoder;
}

type FetchRequestOptions = {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly TopicPartitions<{
    readonly partition: number;
    readonly fetchOffset: string;
    readonly maxBytes: number;
  }>[];
};

export const ClusterClass = load('kafkajs/src/cluster') as new (options: ClusterOptions) => Cluster;
export const EncoderClass = load('kafkajs/src/protocol/encoder') as new () => Encoder;
/** An encoder that holds these bytes. */
export function encoderOf(bytes: Buffer): Encoder {
  const encoder = new EncoderClass();
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}

type CreateLogger = (options: { readonly level: number; readonly logCreator: () => () => void }) => unknown;
const loggers = load('kafkajs/src/loggers') as { readonly createLogger: CreateLogger };
export const { createLogger: createKafkajsLogger } = loggers;

const fetchRequest = load('kafkajs/src/protocol/requests/fetch/v11/request') as (
  options: FetchRequestOptions & { readonly replicaId: number },
) => BrokerRequest;

/** Version 11, spoken by Kafka from 2.3 on. */
export function createFetchRequest(options: FetchRequestOptions): BrokerRequest {
  return fetchRequest({ replicaId: -1, ...options });
}

export const API_KEYS = load('kafkajs/src/protocol/requests/apiKeys') as { readonly Produce: number };

const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  readonly createErrorFromCode: (code: number) => Error;
};

/** The error of a code in an answer, or undefined for success. */
export function protocolError(code: number): Error | undefined {
  return code === 0 ? undefined : createErrorFromCode(code);
}

const { MemberMetadata, MemberAssignment } = load('kafkajs/src/consumer/assignerProtocol') as {
  readonly MemberMetadata: {
    encode(metadata: {
      readonly version: number;
      readonly topics: readonly string[];
      readonly userData: Buffer;
    }): Buffer;
    decode(metadata: Buffer): { readonly topics: readonly string[]; readonly userData: Buffer | null };
  };
  readonly MemberAssignment: {
    encode(assignment: {
      readonly version: number;
      readonly assignment: Readonly<Record<string, readonly number[]>>;
    }): Buffer;
    decode(assignment: Buffer): { readonly assignment: Readonly<Record<string, readonly number[]>> } | null;
  };
};
export { MemberAssignment, MemberMetadata };
