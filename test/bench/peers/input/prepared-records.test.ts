import { syntheticSource, type SyntheticSource } from '@tillstream/generator';
import type { OutgoingBatch } from '@tillstream/log';
import { expect, test } from 'vitest';
import { inputOf, PARTITIONS } from './input.ts';
import { PreparedRecords } from './prepared-records.ts';

const source = (): SyntheticSource => syntheticSource(inputOf(2000));

function valuesOf(batches: readonly OutgoingBatch[]): string[] {
  return batches.flatMap(({ topic, partition, count, bytes, valueStart, valueEnd }) =>
    Array.from({ length: count }, (_, index) => {
      const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
        'utf8',
        valueStart[index],
        valueEnd[index],
      );
      return `${topic}/${partition} ${value}`;
    }),
  );
}

test('what is taken bit by bit is each record once, in the order of its partition', () => {
  const bitByBit = PreparedRecords.of(source(), PARTITIONS, 1000);
  const taken: OutgoingBatch[] = [];
  for (let elapsed = 0; bitByBit.left > 0; elapsed += 37) taken.push(...bitByBit.takeDue(elapsed, elapsed));
  const atOnce = PreparedRecords.of(source(), PARTITIONS, 1000).takeDue(Infinity, 1);
  expect(taken.length).toBeGreaterThan(200);
  const inOrderOfPartitions = taken.toSorted(
    (one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition,
  );
  const wanted = atOnce.toSorted(
    (one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition,
  );
  expect(valuesOf(inOrderOfPartitions)).toEqual(valuesOf(wanted));
  expect(valuesOf(atOnce)).toHaveLength([...source().steps()].length);
});

test('as many are due as the rate says, with the time that they are taken at', () => {
  const records = PreparedRecords.of(source(), PARTITIONS, 500);
  const batches = records.takeDue(1000, 1_700_000_000_000);
  expect(records.count - records.left).toBe(501);
  expect(batches.flatMap(({ timestamps }) => [...new Set(timestamps)])).toEqual(batches.map(() => 1_700_000_000_000));
  expect(records.takeDue(1000, 1)).toEqual([]);
});
