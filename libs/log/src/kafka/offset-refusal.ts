import { LogError } from '../log-error.ts';
import type { Position } from '../record-batch.ts';
import type { KafkaConnection } from './connection.ts';
import { offsetRanges } from './kafka-topics.ts';

/** Why a position cannot be read from. Going on at what is left instead would lose records in silence. */
export async function offsetRefusal(connection: KafkaConnection, position: Position): Promise<LogError> {
  const { topic, partition, nextOffset } = position;
  const ranges = await offsetRanges(connection, topic);
  const { start, end } = ranges[partition]!;
  const place = `${topic}/${partition}`;
  if (nextOffset < start) {
    return new LogError(
      'offset_out_of_range',
      `${start - nextOffset} records of ${place} were removed before they were read (at ${nextOffset}, the first ` +
        `kept is ${start}): send again what bronze has of them, or accept the gap by a reset of its offsets; and keep records for longer`,
    );
  }
  return new LogError(
    'offset_out_of_range',
    `${place} ends at ${end}, there is no offset ${nextOffset}: the topic was created anew or cut off; ` +
      'raise the era and run a full refresh',
  );
}
