import { createGenerator, syntheticSource } from '@tillstream/generator';
import { tmpdir } from 'node:os';
import { inputOf } from './input.ts';
import { openSenderLog } from './sender-log.ts';
import type { LoadOptions } from './senders.ts';

/** Sends the input as fast as it can, and prints what it comes to (`Sent`). */
async function main({ brokers, transactions }: LoadOptions): Promise<void> {
  const log = await openSenderLog(brokers);
  const source = syntheticSource(inputOf(transactions));
  const { records } = await createGenerator({ source, log, inboxFolder: tmpdir(), pace: { kind: 'flatOut' } }).run();
  await log.close();
  console.log(JSON.stringify({ records, lines: source.truth.lines, answer: [...source.currentInventory()] }));
}

await main(JSON.parse(process.argv[2]!) as LoadOptions);
