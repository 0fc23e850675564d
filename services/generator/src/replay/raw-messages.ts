import type { Hash } from 'node:crypto';

import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC, parseDateTime } from '@tillstream/inventory';

import { messageKey, parseDocument } from '../message-key.ts';
import { readLines } from './lines.ts';
import type { TimedRecord } from './timed-step.ts';

/** Reads messages that are sent byte for byte, one a line. Only `\n` ends a line: a `\r` is the message's own. */
export async function readRawMessages(path: string, hash: Hash, kind: 'changes' | 'counts'): Promise<TimedRecord[]> {
  const topic = kind === 'counts' ? INVENTORY_SNAPSHOT_TOPIC.name : INVENTORY_CHANGE_TOPIC.name;
  const keyField = kind === 'counts' ? 'store_id' : 'trans_id';
  const records: TimedRecord[] = [];
  await readLines(path, hash, (value) => {
    const document = parseDocument(value);
    const time = document['date_time'];
    records.push({
      kind: 'record',
      topic,
      key: messageKey(value, keyField, document),
      value,
      timeMs: typeof time === 'string' ? parseDateTime(time) : Number.NaN,
    });
  });
  return records;
}
