import type { Log, OffsetRange } from '@tillstream/log';
import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { checkResumable } from './resumable.ts';

function logWith(ranges: readonly OffsetRange[], committed: readonly (number | undefined)[]): Log {
  return { offsets: async () => ranges, committed: async () => committed } as unknown as Log;
}

const check = async (range: OffsetRange, position: number | undefined): Promise<void> =>
  checkResumable(logWith([range], [position]), 'silver', [{ topic: 'input', partition: 0 }]);

describe('going on', () => {
  test.each([
    ['at the first kept record', { start: 10, end: 20 }, 10],
    ['in between', { start: 10, end: 20 }, 15],
    ['at the end', { start: 10, end: 20 }, 20],
    ['at the beginning of a topic that has all of its records', { start: 0, end: 20 }, undefined],
    ['in an empty topic', { start: 0, end: 0 }, undefined],
    ['behind records that were removed after they were read', { start: 10, end: 10 }, 10],
  ])('is fine %s', async (_, range, position) => {
    await expect(check(range, position)).resolves.toBeUndefined();
  });

  test('is refused where records are missing, and says how many and what to do', async () => {
    await expect(check({ start: 10, end: 20 }, 7)).rejects.toThrow(
      '3 records of input/0 were removed before silver read them (it is at 7, the first kept is 10): ' +
        'send again what bronze has of them, or accept the gap by a reset of its offsets; and keep records for longer',
    );
    await expect(check({ start: 10, end: 20 }, undefined)).rejects.toThrow('10 records of input/0 were removed');
    await expect(check({ start: 10, end: 20 }, 7)).rejects.toBeInstanceOf(UserError);
  });

  test('is refused behind the end: the topic is another one', async () => {
    await expect(check({ start: 0, end: 20 }, 21)).rejects.toThrow(
      'silver is at 21 of input/0, which ends at 20: the topic was created anew; raise the era and run a full refresh',
    );
    await expect(check({ start: 0, end: 20 }, 21)).rejects.toBeInstanceOf(UserError);
  });

  test('is judged for the assigned partitions only, of every topic', async () => {
    const asked: string[] = [];
    const log = {
      offsets: async (topic: string) => {
        asked.push(topic);
        return topic === 'a'
          ? [
              { start: 5, end: 9 },
              { start: 0, end: 9 },
            ]
          : [{ start: 0, end: 1 }];
      },
      committed: async () => [undefined, 3],
    } as unknown as Log;
    const partitions = [
      { topic: 'a', partition: 1 },
      { topic: 'b', partition: 0 },
    ];
    await expect(checkResumable(log, 'silver', partitions)).resolves.toBeUndefined();
    expect(asked).toEqual(['a', 'b']);
    await expect(checkResumable(log, 'silver', [{ topic: 'a', partition: 0 }])).rejects.toThrow('a/0');
  });
});
