import { openKafkaLog, type Log } from '@tillstream/log';
import { createTopics } from '@tillstream/runtime';
import { PARTITIONS } from './input.ts';

/** With the topics of the input in it. */
export async function openSenderLog(brokers: string): Promise<Log> {
  const log = await openKafkaLog({
    brokers: [brokers],
    clientId: 'peers-sender',
    security: { protocol: 'plaintext' },
    replicationFactor: 1,
    compression: 'none',
  });
  await createTopics(log, PARTITIONS);
  return log;
}
