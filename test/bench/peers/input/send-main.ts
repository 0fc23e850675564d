import { createGenerator, syntheticSource } from '@tillstream/generator';
import { openKafkaLog } from '@tillstream/log';
import { createTopics } from '@tillstream/runtime';
import { tmpdir } from 'node:os';
import type { AnswerRow } from '../measure/answer.ts';
import { asIfEmpty } from './as-if-empty.ts';
import { inputOf, PARTITIONS } from './input.ts';

export type SendOptions = {
  readonly brokers: string;
  readonly transactions: number;
  /** Undefined is as fast as possible. */
  readonly recordsPerSecond: number | undefined;
};

/** What was sent, how long that took, and what it comes to. */
export type Sent = {
  readonly records: number;
  readonly seconds: number;
  readonly lines: number;
  readonly answer: readonly AnswerRow[];
};

/** Sends the input, in a process of its own: what it takes is not in anybody's figures. Prints `Sent` as JSON. */
async function main({ brokers, transactions, recordsPerSecond }: SendOptions): Promise<void> {
  const log = await openKafkaLog({
    brokers: [brokers],
    clientId: 'peers-sender',
    security: { protocol: 'plaintext' },
    replicationFactor: 1,
    compression: 'none',
  });
  await createTopics(log, PARTITIONS);
  const source = syntheticSource(inputOf(transactions));
  const pace =
    recordsPerSecond === undefined ? ({ kind: 'flatOut' } as const) : ({ kind: 'rate', recordsPerSecond } as const);
  const startedAt = performance.now();
  const { records } = await createGenerator({ source, log: asIfEmpty(log), inboxFolder: tmpdir(), pace }).run();
  const seconds = (performance.now() - startedAt) / 1000;
  await log.close();
  const sent: Sent = { records, seconds, lines: source.truth.lines, answer: [...source.currentInventory()] };
  process.stdout.write(JSON.stringify(sent));
}

await main(JSON.parse(process.argv[2]!) as SendOptions);
