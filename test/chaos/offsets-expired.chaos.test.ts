import { INVENTORY_CHANGE_TOPIC } from '@tillstream/inventory';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';

const topic = INVENTORY_CHANGE_TOPIC.name;

test('records that were removed before silver read them stop it, with what is missing and what to do', async () => {
  await using run = await ChaosRun.start({ replicas: 1 });
  const { fleet, log, servers } = run.pipeline;
  const committed = async (stage: string) => (await log.committed(stage, topic))[0];
  // Inventory may come from counts alone.
  await run.until('changes in silver', async () => (await committed('silver-normalizer')) !== undefined);
  await fleet.retire('silver-normalizer-1');
  const first = await committed('silver-normalizer');
  // Bronze too must be past the gap, else it may be the one that ends.
  await run.until('more records in bronze', async () => (await committed('bronze-ingester'))! >= first! + 10);
  await fleet.retire('generator-1');
  await removeRecords(servers.brokers, first! + 10);

  fleet.start('silver-normalizer', 'silver-normalizer-2');
  await expect(fleet.failed).rejects.toThrow(
    `silver-normalizer-2 ends again and again: 10 records of ${topic}/0 were removed before silver-normalizer ` +
      `read them (it is at ${first}, the first kept is ${first! + 10}): send again what bronze has of them, or accept the ` +
      'gap by a reset of its offsets; and keep records for longer',
  );
});

/** As retention does. */
async function removeRecords(brokers: string, before: number): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  // It looks for the partition's leader in what it has heard before.
  await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  await admin.disconnect();
}
