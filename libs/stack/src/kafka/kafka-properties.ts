import { join } from 'node:path';
import type { KafkaVersion } from './kafka-jars.ts';

/** Every listener has its port from the start, so that a broker keeps its addresses when security is switched on. */
export const ANY_KAFKA_PORTS = { plaintext: 0, controller: 0, login: 0, certificate: 0 };

export type KafkaPorts = Readonly<typeof ANY_KAFKA_PORTS>;

const PROTOCOLS = { CONTROLLER: 'PLAINTEXT', PLAINTEXT: 'PLAINTEXT', LOGIN: 'SASL_SSL', CERTIFICATE: 'SSL' };

type Listener = keyof typeof PROTOCOLS;

export type KafkaSettings = {
  readonly folder: string;
  readonly version: KafkaVersion;
  readonly ports: KafkaPorts;
  /** `host:port` where plaintext clients are sent. */
  readonly advertised: string;
  /** Undefined opens no other listener than the plaintext one. */
  readonly security: Readonly<Record<string, string>> | undefined;
};

/** One node that is broker and controller; every internal topic has one partition and one copy. */
export function kafkaProperties({ folder, version, ports, advertised, security }: KafkaSettings): string {
  const secured: Listener[] = security === undefined ? [] : ['LOGIN', 'CERTIFICATE'];
  const at = (name: Listener): string => `${name}://127.0.0.1:${ports[name.toLowerCase() as keyof KafkaPorts]}`;
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: ['PLAINTEXT' as const, ...secured, 'CONTROLLER' as const].map(at).join(','),
    'advertised.listeners': [`PLAINTEXT://${advertised}`, ...secured.map(at)].join(','),
    'listener.security.protocol.map': Object.entries(PROTOCOLS)
      .map((pair) => pair.join(':'))
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    ...SINGLE_NODE,
    ...(version === '4.1' && SINGLE_NODE_4),
    ...security,
  });
}

const SINGLE_NODE = {
  'auto.create.topics.enable': false,
  // After a kill the controller refuses the same broker until its old session is over: 9 s by default.
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 400,
  // A group starts with its first member, and does not wait for more.
  'group.initial.rebalance.delay.ms': 0,
  // Allocated at the start; the default of 128 MB is a quarter of the heap.
  'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 1,
};

const SINGLE_NODE_4 = {
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
};

/** Text of a Java properties file, which Java reads as Latin-1 with escapes. */
export function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(String(value))}\n`)
    .join('');
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
