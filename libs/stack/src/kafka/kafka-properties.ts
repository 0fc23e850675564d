import { join } from 'node:path';
import type { KafkaVersion } from './kafka-jars.ts';

export type KafkaPorts = { readonly broker: number; readonly controller: number };

/** One node that is broker and controller; every internal topic has one partition and one copy. */
export function kafkaProperties(folder: string, version: KafkaVersion, ports: KafkaPorts): string {
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    // After a kill the controller refuses the same broker until its old session is over: 9 s by default.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 400,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    // A group starts with its first member, and does not wait for more.
    'group.initial.rebalance.delay.ms': 0,
    // Allocated at the start; the default of 128 MB is a quarter of this heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    ...(version === '4.1' && {
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      'share.coordinator.state.topic.num.partitions': 1,
    }),
  });
}

type Logging = { readonly fileName: string; readonly text: string; readonly javaOption: (path: string) => string };

/** Everything goes to standard output, which the launcher appends to the log file. */
export const KAFKA_LOGGING: Readonly<Record<KafkaVersion, Logging>> = {
  '4.1': {
    fileName: 'log4j2.properties',
    text: lines({
      status: 'error',
      appenders: 'out',
      'appender.out.type': 'Console',
      'appender.out.name': 'OUT',
      'appender.out.layout.type': 'PatternLayout',
      'appender.out.layout.pattern': '%d{ISO8601} %p %c{1}: %m%n',
      'rootLogger.level': 'info',
      'rootLogger.appenderRefs': 'out',
      'rootLogger.appenderRef.out.ref': 'OUT',
    }),
    javaOption: (path) => `-Dlog4j2.configurationFile=file:${path}`,
  },
  '3.9': {
    fileName: 'log4j.properties',
    text: lines({
      'log4j.rootLogger': 'INFO, OUT',
      'log4j.appender.OUT': 'org.apache.log4j.ConsoleAppender',
      'log4j.appender.OUT.layout': 'org.apache.log4j.PatternLayout',
      'log4j.appender.OUT.layout.ConversionPattern': '%d{ISO8601} %p %c{1}: %m%n',
    }),
    javaOption: (path) => `-Dlog4j.configuration=file:${path}`,
  },
};

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
