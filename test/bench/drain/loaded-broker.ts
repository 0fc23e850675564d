import { createGenerator, syntheticSource, type SyntheticOptions } from '@tillstream/generator';
import { openKafkaLog } from '@tillstream/log';
import { createTopics } from '@tillstream/runtime';
import { startKafka } from '@tillstream/stack';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const KAFKA_VERSION = '4.1';

/** The folder of a stopped broker with the whole input in its topics, to be copied for each run. Made once. */
export async function loadedBroker(
  root: string,
  input: Partial<SyntheticOptions>,
  partitions: number,
): Promise<string> {
  const source = syntheticSource(input);
  const folder = join(root, `loaded-${partitions}-${source.id.replaceAll(/[^\w.-]+/g, '-')}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.part`;
  await mkdir(unfinished, { recursive: true });
  const kafka = await startKafka({ folder: unfinished, version: KAFKA_VERSION });
  try {
    const log = await openKafkaLog({
      brokers: [kafka.brokers],
      clientId: 'bench',
      security: { protocol: 'plaintext' },
      replicationFactor: 1,
      compression: 'none',
    });
    await createTopics(log, partitions);
    await createGenerator({ source, log, inboxFolder: tmpdir(), pace: { kind: 'flatOut' } }).run();
    await log.close();
  } finally {
    await kafka.stop();
  }
  await rename(unfinished, folder);
  return folder;
}
