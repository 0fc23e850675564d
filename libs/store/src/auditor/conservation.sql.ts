import { CHANGE, type RecordKind, SNAPSHOT } from './reader.sql.ts';
import { REFERENCE_RULES } from './record.sql.ts';
import { literal } from './sql.ts';

/**
 * Checks of bronze and the quarantine against themselves. Each is a SELECT of differences: what, subject, expected, actual.
 */

/** An offset twice, or one missing between the first and the last of a partition; or records of a second topic. */
const bronzeDifferences = ({ table }: RecordKind): string => `(SELECT 'bronze' AS what,
    format('{} partition {}', ${literal(table)}, toString(partition)) AS subject,
    format('one topic, offsets {} to {} once each', toString(min(offset)), toString(max(offset))) AS expected,
    format('topics {}, {} records at {} offsets', toString(arraySort(groupUniqArray(topic))), toString(count()),
      toString(groupBitmap(offset))) AS actual
  FROM ${table}
  GROUP BY partition
  HAVING count() != groupBitmap(offset) OR count() != max(offset) - min(offset) + 1 OR uniqExact(topic) > 1)`;

/** A quarantine row holds its record byte for byte, with its key and timestamp. */
const byteDifferences = ({ table }: RecordKind): string => `(SELECT 'quarantine' AS what,
    format('{} partition {} offset {}', ${literal(table)}, toString(partition), toString(offset)) AS subject,
    'the bytes, the key and the timestamp of the record' AS expected,
    'others' AS actual
  FROM (
    SELECT topic, partition, offset, timestamp, sipHash128(key) AS key_hash, sipHash128(value) AS value_hash
    FROM ${table}
    WHERE (topic, partition, offset) IN (SELECT source_topic, source_partition, source_offset FROM pos.quarantine WHERE source_path = '')) AS bronze
  INNER JOIN (
    SELECT source_topic, source_partition, source_offset, record_timestamp, sipHash128(key) AS key_hash, sipHash128(value) AS value_hash
    FROM pos.quarantine
    WHERE source_path = '') AS held
  ON bronze.topic = held.source_topic AND bronze.partition = held.source_partition AND bronze.offset = held.source_offset
  WHERE (bronze.timestamp, bronze.key_hash, bronze.value_hash) != (held.record_timestamp, held.key_hash, held.value_hash))`;

/**
 * A record that was sent again is in bronze again. There are as many copies of its bytes as times that they were sent again,
 * and at least the first one besides.
 */
const replayDifferences = ({ table }: RecordKind): string => {
  const sentAgain = `SELECT source_topic, value, source_partition, source_offset FROM pos.quarantine
      WHERE source_path = '' AND replayed_at IS NOT NULL AND hasAny(rules, ${REFERENCE_RULES})`;
  return `(SELECT 'replay' AS what,
    format('{} partition {} offset {}', ${literal(table)}, toString(position.1), toString(position.2)) AS subject,
    format('more than {} copies in bronze', toString(replays)) AS expected,
    format('{} copies', toString(copies)) AS actual
  FROM (
    SELECT topic, value_hash, count() AS copies FROM (
      SELECT topic, sipHash128(value) AS value_hash FROM ${table} WHERE value IN (SELECT value FROM (${sentAgain})))
    GROUP BY topic, value_hash) AS bronze
  INNER JOIN (
    SELECT source_topic, sipHash128(value) AS value_hash, count() AS replays, min((source_partition, source_offset)) AS position
    FROM (${sentAgain})
    GROUP BY source_topic, value_hash) AS held
  ON bronze.topic = held.source_topic AND bronze.value_hash = held.value_hash
  WHERE copies <= replays)`;
};

export const CONSERVATION_DIFFERENCES = [CHANGE, SNAPSHOT].flatMap((kind) => [
  bronzeDifferences(kind),
  byteDifferences(kind),
  replayDifferences(kind),
]);
