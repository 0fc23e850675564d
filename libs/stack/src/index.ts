export {
  createTestAuthority,
  type Certificate,
  type CertificateRequest,
  type TestAuthority,
} from './certificates/test-authority.ts';
export type { KafkaVersion } from './kafka/kafka-jars.ts';
export type { KafkaSecurity, KafkaUser } from './kafka/kafka-security.ts';
export { startKafka, type KafkaOptions, type KafkaServer } from './kafka/kafka-server.ts';
export type { OnProgress } from './progress.ts';
export { StackError } from './stack-error.ts';
