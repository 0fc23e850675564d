import { describe } from 'vitest';
import { kafkaFixture } from './kafka-fixture.ts';
import { logContract } from './log-contract.ts';

describe.each(['4.1', '3.9'] as const)('Kafka %s', (version) => {
  const kafka = kafkaFixture(version);
  logContract({ open: kafka.open });
});
