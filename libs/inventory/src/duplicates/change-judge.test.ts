import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ChangeLines } from '../contracts/change-lines.ts';
import { ChangeJudge, type FindChanges, type KnownChange } from './change-judge.ts';
import type * as hasherModule from './line-hasher.ts';
import { JudgeRun, type Log, type LoggedRecord, type Memory, type Step } from './testing/judge-run.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Bits of an identity hash that tests leave standing: with one of each half, nearly all identities collide. */
const identity = vi.hoisted(() => ({ bits: 0xffffffff }));

vi.mock('./line-hasher.ts', async (importOriginal) => {
  const { LineHasher } = await importOriginal<typeof hasherModule>();
  return {
    LineHasher: class extends LineHasher {
      override line(line: hasherModule.LineContent): void {
        super.line(line);
        this.identityHigh = (this.identityHigh & identity.bits) >>> 0;
        this.identityLow = (this.identityLow & identity.bits) >>> 0;
      }
    },
  };
});

afterEach(() => {
  identity.bits = 0xffffffff;
});

const record: fc.Arbitrary<LoggedRecord> = fc.record({
  // Few ids and quantities, so that copies and conflicts are common.
  transId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  storeId: fc.constantFrom(19, 19, 19, 20),
  lines: fc.uniqueArray(
    fc.record({ itemId: fc.integer({ min: 1, max: 3 }), quantity: fc.integer({ min: 1, max: 2 }) }),
    {
      minLength: 1,
      maxLength: 3,
      selector: ({ itemId }) => itemId,
    },
  ),
});
const log: fc.Arbitrary<Log> = fc.array(fc.array(record, { maxLength: 14, size: 'max' }), {
  minLength: 1,
  maxLength: 3,
});
const takes = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: takes.map((all): Step => ({ kind: 'batch', takes: all })) },
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'commit' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'rewind' }) },
  {
    weight: 2,
    arbitrary: fc.tuple(takes, fc.boolean()).map(([all, isStored]): Step => ({ kind: 'crash', takes: all, isStored })),
  },
);
const memory: fc.Arbitrary<Memory> = fc.record({
  hotLines: fc.constantFrom(1, 2, 3, 5, 100),
  filterBytes: fc.constantFrom(64, 128, 4096),
});

/** Takes these partitions out of a log that may have fewer. */
function fitting(one: Step, partitions: number): Step {
  if (!('takes' in one)) return one;
  const [first, ...rest] = one.takes.map(([partition, records]) => [partition % partitions, records] as const);
  // A turn has at most one batch of a partition.
  const seen = new Set([first![0]]);
  const distinct = rest.filter(([partition]) => !seen.has(partition) && seen.add(partition));
  return { ...one, takes: [first!, ...distinct] };
}

/** Plays the steps, then what is left of the log; returns how judge and model differed. */
async function play(run: JudgeRun, all: Log, steps: readonly Step[]): Promise<readonly string[]> {
  const rest: Step = { kind: 'batch', takes: all.map((_, partition) => [partition, 3] as const) };
  const differences: (string | undefined)[] = [];
  // Whatever was lost on the way is read again.
  for (const one of [...steps, { kind: 'rewind' } as const]) differences.push(await run.do(fitting(one, all.length)));
  while (!run.isDone) differences.push(await run.do(rest));
  return differences.filter((difference) => difference !== undefined);
}

/** Every place in the log where an identity stands. */
function placesOf(all: Log): ReadonlyMap<string, readonly (readonly [number, number])[]> {
  const places = new Map<string, (readonly [number, number])[]>();
  all.forEach((records, partition) => {
    records.forEach(({ transId, lines }, offset) => {
      for (const { itemId } of lines) {
        const name = `${transId}/${itemId}`;
        places.set(name, [...(places.get(name) ?? []), [partition, offset]]);
      }
    });
  });
  return places;
}

describe.each([
  ['', 0xffffffff],
  [', even if identities collide in 2 bits', 1],
])('judging duplicates%s', (_, bits) => {
  test('agrees with a map of first lines, and lets just them through, whatever batches, crashes and replays', async () => {
    identity.bits = bits;
    const memories = fc.array(memory, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(log, memories, fc.array(step, { maxLength: 25, size: 'max' }), async (all, given, steps) => {
        const run = new JudgeRun(all, given);
        expect(await play(run, all, steps)).toEqual([]);
        const published = publishedPlaces(run.published);
        for (const [name, places] of placesOf(all)) {
          // Of copies that are spread over partitions, any may have come first.
          const isSpread = places.some(([partition]) => partition !== places[0]![0]);
          const possible = (isSpread ? places : [places[0]!]).map(([partition, offset]) => `${partition}@${offset}`);
          const found = [...(published.get(name) ?? [])];
          expect(found).toHaveLength(1);
          expect(possible).toContain(found[0]);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

/** By identity, the places from which lines were published: gold must see one, and may see it again. */
function publishedPlaces(published: readonly KnownChange[]): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  for (const { transId, itemId, sourcePartition, sourceOffset } of published) {
    const name = `${transId}/${itemId}`;
    places.set(name, (places.get(name) ?? new Set()).add(`${sourcePartition}@${sourceOffset}`));
  }
  return places;
}

/** A batch of single-line records of partition 0: trans_id, quantity, offset. */
function batchOf(...records: readonly (readonly [string, number, number, number?])[]) {
  const lines = new ChangeLines();
  records.forEach(([transId, quantity], index) => {
    const start = lines.putTransId(transId);
    const at = lines.add();
    lines.record[at] = index;
    [lines.itemId[at], lines.storeId[at], lines.quantity[at], lines.changeTypeId[at]] = [1, 19, quantity, 1];
    [lines.dateTime[at], lines.transIdStart[at], lines.transIdEnd[at]] = [1000, start, lines.arenaUsed];
  });
  const positions = {
    partition: Uint16Array.from(records, ([, , , partition = 0]) => partition),
    offset: Float64Array.from(records, ([, , offset]) => offset),
  };
  return [lines, positions] as const;
}

const stored = (transId: string, quantity: number, sourceOffset: number): KnownChange => ({
  transId,
  itemId: 1,
  storeId: 19,
  dateTime: 1000,
  quantity,
  changeTypeId: 1,
  sourcePartition: 0,
  sourceOffset,
});
const nothingStored: FindChanges = async () => [];
const neverAsked: FindChanges = async () => {
  throw new Error('looked up what memory knows');
};

describe('a judge', () => {
  const roomy = { hotLines: 1000, filterBytes: 2 ** 16, seed: 1 };

  test('looks up neither new lines nor recent copies', async () => {
    const judge = new ChangeJudge(roomy);
    const verdict = await judge.judge(...batchOf(['a', 1, 0], ['b', 1, 1], ['a', 1, 2]), neverAsked);
    expect(verdict).toMatchObject({ duplicates: 1, conflicts: [], lookedUp: 0, crossPartition: 0 });
    expect([...verdict.accepted]).toEqual([0, 1]);
    const again = await judge.judge(...batchOf(['b', 1, 3], ['c', 1, 4]), neverAsked);
    expect(again).toMatchObject({ duplicates: 1, lookedUp: 0 });
  });

  test('compares a recent line of other content with what was accepted in the same batch', async () => {
    const verdict = await new ChangeJudge(roomy).judge(
      ...batchOf(['a', 1, 0], ['a', 2, 1], ['a', 1, 2]),
      nothingStored,
    );
    expect(verdict).toMatchObject({ duplicates: 1, conflicts: [1], lookedUp: 1 });
  });

  test.each([
    ['store', { storeId: 20 }],
    ['moment', { dateTime: 1001 }],
    ['quantity', { quantity: 2 }],
    ['change type', { changeTypeId: 2 }],
  ])('takes a line with another %s than the stored one for a conflict', async (_, other) => {
    const judge = new ChangeJudge(roomy);
    const hashes = await judge.judge(...batchOf(['a', 1, 0]), nothingStored);
    const later = new ChangeJudge(roomy);
    later.remember(hashes.identityHigh[0]!, hashes.identityLow[0]!);
    const verdict = await later.judge(...batchOf(['a', 1, 5]), async () => [{ ...stored('a', 1, 0), ...other }]);
    expect(verdict).toMatchObject({ duplicates: 0, conflicts: [0], lookedUp: 1 });
  });

  test('asks once for all lines that it cannot judge, each named once', async () => {
    const judge = new ChangeJudge({ ...roomy, hotLines: 1 });
    await judge.judge(...batchOf(['a', 1, 0], ['b', 1, 1], ['c', 1, 2]), nothingStored);
    const asked: (readonly string[])[] = [];
    const verdict = await judge.judge(
      ...batchOf(['a', 1, 3], ['b', 1, 4], ['a', 1, 5], ['new', 1, 6]),
      async (lines) => {
        asked.push(lines.map(({ transId }) => transId));
        return [stored('a', 1, 0), stored('b', 1, 1)];
      },
    );
    expect(asked).toEqual([['a', 'b']]);
    expect(verdict).toMatchObject({ duplicates: 3, lookedUp: 3 });
  });

  test('accepts a line that finds itself in the store: nobody downstream has seen it', async () => {
    const first = await new ChangeJudge(roomy).judge(...batchOf(['a', 1, 7]), nothingStored);
    const judge = new ChangeJudge(roomy);
    judge.remember(first.identityHigh[0]!, first.identityLow[0]!);
    const verdict = await judge.judge(...batchOf(['a', 1, 7], ['a', 1, 8], ['a', 2, 9]), async () => [
      stored('a', 1, 7),
    ]);
    expect([...verdict.accepted]).toEqual([0]);
    expect(verdict).toMatchObject({ duplicates: 1, conflicts: [2] });
  });

  test('takes the first in the log of several stored rows of one identity, in whatever order they come', async () => {
    const rows = [stored('a', 1, 5), stored('a', 2, 3), stored('a', 1, 9)];
    for (const found of [rows, rows.toReversed()]) {
      const judge = new ChangeJudge(roomy);
      const known = await new ChangeJudge(roomy).judge(...batchOf(['a', 1, 0]), nothingStored);
      judge.remember(known.identityHigh[0]!, known.identityLow[0]!);
      const verdict = await judge.judge(...batchOf(['a', 2, 3], ['a', 1, 5], ['a', 2, 12]), async () => found);
      expect([...verdict.accepted]).toEqual([0]);
      expect(verdict).toMatchObject({ duplicates: 1, conflicts: [1] });
    }
  });

  test('counts copies that came through another partition, recent ones and stored ones', async () => {
    const judge = new ChangeJudge({ ...roomy, hotLines: 1 });
    const recent = await judge.judge(...batchOf(['a', 1, 0, 0], ['a', 1, 0, 1], ['a', 1, 1, 0]), neverAsked);
    expect(recent).toMatchObject({ duplicates: 2, crossPartition: 1 });
    await judge.judge(...batchOf(['b', 1, 2]), nothingStored);
    const cold = await judge.judge(...batchOf(['a', 1, 3, 2], ['a', 2, 4, 2], ['a', 1, 3, 0]), async () => [
      stored('a', 1, 0),
    ]);
    expect(cold).toMatchObject({ duplicates: 2, conflicts: [1], crossPartition: 2 });
  });

  test('fails with the look-up', async () => {
    const judge = new ChangeJudge({ ...roomy, hotLines: 1 });
    await judge.judge(...batchOf(['a', 1, 0], ['b', 1, 1]), nothingStored);
    await expect(judge.judge(...batchOf(['a', 1, 2]), neverAsked)).rejects.toThrow('looked up');
  });
});
