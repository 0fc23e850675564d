export { startKafka, type KafkaOptions, type KafkaServer } from './kafka/kafka-server.ts';
export type { KafkaVersion } from './kafka/kafka-jars.ts';
export type { OnProgress } from './progress.ts';
export { StackError } from './stack-error.ts';
