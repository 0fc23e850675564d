import { startKafka } from '@tillstream/stack';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { answerOf, type Answer } from '../measure/answer.ts';
import { KAFKA_VERSION } from '../run/place.ts';
import { sendAll } from './senders.ts';

/** A stopped broker with the whole input in its topics, to be copied for each run. */
export type LoadedBroker = {
  readonly folder: string;
  readonly transactions: number;
  /** Of both topics, what is sent again included. */
  readonly records: number;
  /** Distinct (trans_id, item_id). */
  readonly lines: number;
  /** By the generator's own books. */
  readonly answer: Answer;
};

export async function loadBroker(root: string, transactions: number): Promise<LoadedBroker> {
  const folder = join(root, 'loaded');
  await mkdir(folder, { recursive: true });
  const kafka = await startKafka({ folder, version: KAFKA_VERSION });
  try {
    const { records, lines, answer } = await sendAll({ brokers: kafka.brokers, transactions });
    return { folder, transactions, records, lines, answer: answerOf(answer) };
  } finally {
    await kafka.stop();
  }
}
