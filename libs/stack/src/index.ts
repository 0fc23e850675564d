export {
  createTestAuthority,
  type Certificate,
  type CertificateRequest,
  type TestAuthority,
} from './certificates/test-authority.ts';
export { cached } from './cache/cache-folder.ts';
export { findCommand, requireJava, requireTool, run, tellingLine, type Java } from './process/tools.ts';
export { exactKafkaVersion, type KafkaVersion } from './kafka/kafka-jars.ts';
export type { KafkaSecurity, KafkaUser } from './kafka/kafka-security.ts';
export { startKafka, type KafkaOptions, type KafkaServer } from './kafka/kafka-server.ts';
export { startNats, type NatsOptions, type NatsServer } from './nats/nats-server.ts';
export { startClickHouse, type ClickHouseOptions, type ClickHouseServer } from './clickhouse/clickhouse-server.ts';
export {
  setScrapeTargets,
  startPrometheus,
  type PrometheusOptions,
  type PrometheusServer,
  type ScrapeTarget,
} from './prometheus/prometheus-server.ts';
export type { Server } from './process/server-process.ts';
export type { OnProgress } from './progress.ts';
export { freePort } from './process/free-ports.ts';
export { downloadServers } from './download-servers.ts';
export { StackError } from './stack-error.ts';
export { stackDown, type EndedMember } from './stack/stack-down.ts';
export { stackStatus, type Health, type MemberStatus } from './stack/stack-status.ts';
export { DEFAULT_STACK_DATA } from './stack/state-file.ts';
export { stackUp, type Stack, type StackOptions } from './stack/stack-up.ts';
