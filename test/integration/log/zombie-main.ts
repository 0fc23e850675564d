/**
 * A member of a group in a process of its own, for tests that stop it. Tells what it is called with, a line each;
 * when it reads a line it has its membership confirmed and commits a batch.
 */
import { createInterface } from 'node:readline';
import { openKafkaLog, type RecordBatch } from '@tillstream/log';

const [brokers, topic, group, sessionMs = '6000'] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const log = await openKafkaLog({
  brokers: [brokers!],
  clientId: 'zombie',
  security: { protocol: 'plaintext' },
  replicationFactor: 1,
  compression: 'none',
  timings: { sessionMs: Number(sessionMs), heartbeatMs: 300, rebalanceMs: 10_000 },
});
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const consumer = log.consumer({
  group: group!,
  topics: [topic!],
  maxBatchBytes: 1 << 20,
  handler: {
    assigned: async (partitions) => say(`assigned ${partitions.map(({ partition }) => partition).join(' ')}`),
    revoked: (partitions) => say(`revoked ${partitions.map(({ partition }) => partition).join(' ')}`),
    batch: async (batch: RecordBatch) => {
      say(`batch ${batch.partition} to ${batch.nextOffset}`);
      await lines.next();
      await consumer.confirm();
      say('confirmed');
      await consumer.commit([batch]);
      say(`commit over ${batch.partition} to ${batch.nextOffset}`);
    },
    failed: (error) => say(`failed ${error.message}`),
  },
});
await consumer.start();
