import type { Rule } from '@tillstream/inventory';

import type { GroundTruth } from './ground-truth.ts';

/** A record to be sent, with what it will come to. */
export type Message = {
  /** The first of its trans_id, the same again, other content under the same trans_id, or nothing that can count. */
  readonly role: 'original' | 'duplicate' | 'conflict' | 'unusable';
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Distinct items among its valid lines. */
  readonly lines: number;
  /** Of those, how many differ from the original; 0 unless the role is `conflict`. */
  readonly conflictingLines: number;
  /** The rules that the record or an entry of it breaks. */
  readonly rules: readonly Rule[];
  /** Sent some time after it, each this many transactions later. */
  readonly followers: readonly Follower[];
};

export type Follower = { readonly message: Message; readonly after: number };

/** Enters a message that is being sent. */
export function enter(truth: GroundTruth, message: Message): void {
  truth.records++;
  switch (message.role) {
    case 'original':
      truth.transactions++;
      truth.lines += message.lines;
      break;
    case 'duplicate':
      truth.duplicateLines += message.lines;
      break;
    case 'conflict':
      truth.conflictingRecords++;
      truth.conflictingLines += message.conflictingLines;
      truth.duplicateLines += message.lines - message.conflictingLines;
      break;
    case 'unusable':
      break;
  }
  if (message.rules.length === 0) return;
  truth.quarantinedRecords++;
  for (const rule of message.rules) truth.quarantinedByRule[rule] = (truth.quarantinedByRule[rule] ?? 0) + 1;
}

/** The message in memory of its own: a waiting message must not keep a whole slab of its neighbours alive. */
export function detached(message: Message): Message {
  if (message.value === null || message.key === null) return message;
  const value = Buffer.allocUnsafeSlow(message.value.length);
  value.set(message.value);
  const keyStart = message.key.byteOffset - message.value.byteOffset;
  return { ...message, value, key: value.subarray(keyStart, keyStart + message.key.length) };
}
