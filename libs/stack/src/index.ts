export { cached, compileCacheEnvironment } from './cache/cache-folder.ts';
export {
  createTestAuthority,
  type Certificate,
  type CertificateRequest,
  type TestAuthority,
} from './certificates/test-authority.ts';
export { exactKafkaVersion, type KafkaVersion } from './kafka/kafka-jars.ts';
export type { KafkaSecurity, KafkaUser } from './kafka/kafka-security.ts';
export { startKafka, type KafkaOptions, type KafkaServer } from './kafka/kafka-server.ts';
export { startNats, type NatsOptions, type NatsServer } from './nats/nats-server.ts';
export { startClickHouse, type ClickHouseOptions, type ClickHouseServer } from './clickhouse/clickhouse-server.ts';
export { promtoolBinary } from './prometheus/prometheus-binary.ts';
export {
  setScrapeTargets,
  startPrometheus,
  type PrometheusOptions,
  type PrometheusServer,
  type ScrapeTarget,
} from './prometheus/prometheus-server.ts';
export { unpackPackages } from './debian/unpack-packages.ts';
export { type ImageSettings, writeOciArchive } from './oci/oci-archive.ts';
export { freePort } from './process/free-ports.ts';
export { keptPorts } from './process/kept-ports.ts';
export { endsWithin, identify, isRunning, type ProcessIdentity } from './process/process-identity.ts';
export { httpAnswers } from './process/probes.ts';
export { type Server, type ServerCommand, exitOnSignals, startServer } from './process/server-process.ts';
export { findCommand, requireJava, requireTool, run, tellingLine, type Java } from './process/tools.ts';
export type { OnProgress } from './progress.ts';
export { downloadServers } from './download-servers.ts';
export { StackError } from './stack-error.ts';
export { stackDown, type EndedMember } from './stack/stack-down.ts';
export { stackStatus, type Health, type MemberStatus } from './stack/stack-status.ts';
export { DEFAULT_STACK_DATA } from './stack/state-file.ts';
export { stackUp, type Stack, type StackOptions } from './stack/stack-up.ts';
