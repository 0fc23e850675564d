import { syntheticSource } from '@tillstream/generator';
import type { Log } from '@tillstream/log';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inputOf, PARTITIONS } from './input.ts';
import { PreparedRecords } from './prepared-records.ts';
import { openSenderLog } from './sender-log.ts';
import type { Load } from './senders.ts';

const SEND_EVERY_MS = 20;

/**
 * Makes the records, says so with a line, reads the address of the broker from its input, sends, and prints what that
 * came to (`SentAtRate`).
 */
async function main({ recordsPerSecond, seconds }: Load): Promise<void> {
  const source = syntheticSource(inputOf(recordsPerSecond * seconds));
  const prepared = PreparedRecords.of(source, PARTITIONS, recordsPerSecond);
  console.log('prepared');
  const [brokers] = (await once(process.stdin.setEncoding('utf8'), 'data')) as [string];
  const log = await openSenderLog(brokers.trim());
  const taken = await sendAtRate(log, prepared);
  await log.close();
  console.log(JSON.stringify({ records: prepared.count, seconds: taken, answer: [...source.currentInventory()] }));
}

/**
 * One produce is on its way at a time, and the next one takes all that has become due meanwhile: a broker that takes its
 * time gets fewer and larger batches, and the order within a partition is kept. Returns the seconds until all are stored.
 */
async function sendAtRate(log: Log, prepared: PreparedRecords): Promise<number> {
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  for (;;) {
    await log.produce(prepared.takeDue(elapsed(), Date.now()));
    if (prepared.left === 0) return elapsed() / 1000;
    await sleep(SEND_EVERY_MS - (elapsed() % SEND_EVERY_MS));
  }
}

await main(JSON.parse(process.argv[2]!) as Load);
