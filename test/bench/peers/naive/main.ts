import { createClient } from '@clickhouse/client';
import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inventory, type ChangeMessage, type CountMessage } from './meaning.ts';

export type NaiveOptions = {
  readonly brokers: string;
  readonly clickHouseUrl: string;
  readonly table: string;
  /** A new one for each process: what is in memory comes from reading the topics from their start. */
  readonly group: string;
};

const WRITE_EVERY_MS = 250;

/** The whole job in one process, on the usual clients, as their documentation shows them. */
async function main({ brokers, clickHouseUrl, table, group }: NaiveOptions): Promise<void> {
  const inventory = new Inventory();
  const clickHouse = createClient({ url: clickHouseUrl });
  const kafka = new Kafka({ brokers: [brokers], clientId: 'naive', logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({
    topics: [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name],
    fromBeginning: true,
  });
  await consumer.run({
    autoCommitInterval: 1000,
    eachMessage: async ({ topic, partition, message }) => {
      const value: unknown = JSON.parse(message.value!.toString());
      if (topic === INVENTORY_CHANGE_TOPIC.name) inventory.change(value as ChangeMessage);
      else inventory.count(value as CountMessage, partition, Number(message.offset));
    },
  });
  for (let version = Date.now() * 1000; ; version++) {
    await sleep(WRITE_EVERY_MS);
    const values = inventory.takeTouched().map(({ storeId, itemId, count, sum }) => ({
      store_id: storeId,
      item_id: itemId,
      current_inventory: count!.quantity + sum,
      version,
    }));
    if (values.length > 0) await clickHouse.insert({ table, values, format: 'JSONEachRow' });
  }
}

await main(JSON.parse(process.argv[2]!) as NaiveOptions);
