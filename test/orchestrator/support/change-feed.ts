import { INVENTORY_CURRENT_TOPIC } from '@tillstream/inventory';
import { openKafkaLog, type Log, type RecordBatch } from '@tillstream/log';

export type FeedRecord = { readonly current_inventory: number; readonly era: number };

const { name: topic } = INVENTORY_CURRENT_TOPIC;

/** What a reader of the change feed ends with: of each key, `store_id|item_id`, the record of the highest version. */
export async function readChangeFeed(brokers: readonly string[]): Promise<ReadonlyMap<string, FeedRecord>> {
  const newest = new Map<string, FeedRecord & { readonly version: bigint }>();
  const security = { protocol: 'plaintext' } as const;
  const log = await openKafkaLog({ brokers, clientId: 'test', security, replicationFactor: 1, compression: 'none' });
  for await (const batch of batchesOf(log)) {
    for (let index = 0; index < batch.count; index++) {
      const key = batch.bytes.toString('utf8', batch.keyStart[index], batch.keyEnd[index]);
      const record = recordAt(batch, index);
      const before = newest.get(key);
      if (before === undefined || record.version >= before.version) newest.set(key, record);
    }
  }
  await log.close();
  return newest;
}

async function* batchesOf(log: Log): AsyncGenerator<RecordBatch> {
  for (const [partition, { start, end }] of (await log.offsets(topic)).entries()) {
    let nextOffset = start;
    while (nextOffset < end) {
      const batch = (await log.read({ topic, partition, nextOffset }, 1 << 20))!;
      yield batch;
      ({ nextOffset } = batch);
    }
  }
}

function recordAt({ bytes, valueStart, valueEnd }: RecordBatch, index: number) {
  const { current_inventory, version: text } = JSON.parse(
    bytes.toString('utf8', valueStart[index], valueEnd[index]),
  ) as { readonly current_inventory: number; readonly version: string };
  const version = BigInt(text);
  return { current_inventory, version, era: Number(version >> 48n) };
}
