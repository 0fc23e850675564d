import { INVENTORY_CHANGE_TOPIC } from '@tillstream/inventory';
import { RecordBatchBuilder, type Log } from '@tillstream/log';

/** What the generator never sends: an item that nobody knows, and a copy through another partition. */
export async function sendOddRecords(log: Log, number: number, knownItem: number): Promise<void> {
  const now = Date.now();
  const transaction = {
    trans_id: `odd-${number}`,
    store_id: 1,
    date_time: new Date(now).toISOString(),
    change_type_id: 1,
    items: [
      { item_id: 2_000_000_000, quantity: -1 },
      { item_id: knownItem, quantity: -1 },
    ],
  };
  for (const partition of [0, 1]) {
    const batch = new RecordBatchBuilder(INVENTORY_CHANGE_TOPIC.name, partition);
    const [key, value] = [transaction.trans_id, JSON.stringify(transaction)].map((text) => Buffer.from(text));
    batch.append({ timestamp: now, key: key!, value: value! });
    await log.produce([batch.build()]);
  }
}
