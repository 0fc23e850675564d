import { randomBytes, randomUUID } from 'node:crypto';
import type { Log, RecordBatch } from '@tillstream/log';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { Member } from './member.ts';
import { batchOf, plainRecords, valuesBatch, valuesOf } from './records.ts';

/** Looks often, and gives a busy machine time. */
export const eventually = (assertion: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(assertion, { timeout: 30_000, interval: 5 });

/** Longer than any delivery that is possible at all takes. */
async function quietTime(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 400));
}

export type LogUnderTest = {
  readonly open: () => Promise<Log>;
};

/** What the log port promises, whatever is behind it. */
export function logContract(underTest: LogUnderTest): void {
  const logs: Log[] = [];
  afterEach(async () => {
    await Promise.all(logs.splice(0).map(async (log) => log.close()));
  });

  const open = async (): Promise<Log> => {
    const log = await underTest.open();
    logs.push(log);
    return log;
  };

  const openTopic = async (partitions: number): Promise<{ readonly log: Log; readonly topic: string }> => {
    const log = await open();
    const topic = `sales-${randomUUID()}`;
    await log.createTopics([{ name: topic, partitions, cleanup: 'delete' }]);
    return { log, topic };
  };

  const readAll = async (log: Log, topic: string, from: number, maxBytes: number): Promise<RecordBatch[]> => {
    const batches: RecordBatch[] = [];
    for (let nextOffset = from; ;) {
      const batch = await log.read({ topic, partition: 0, nextOffset }, maxBytes);
      if (batch === undefined) return batches;
      batches.push(batch);
      nextOffset = batch.nextOffset;
    }
  };

  recordsContract(openTopic, readAll);
  topicsContract(openTopic);
  consumerContract(openTopic);
  groupContract(openTopic);
}

type OpenTopic = (partitions: number) => Promise<{ readonly log: Log; readonly topic: string }>;
type ReadAll = (log: Log, topic: string, from: number, maxBytes: number) => Promise<RecordBatch[]>;

function recordsContract(openTopic: OpenTopic, readAll: ReadAll): void {
  test('records come back as they were, null and empty apart', async () => {
    const { log, topic } = await openTopic(2);
    const target = { topic, partition: 1 };
    const records = [
      { key: 'key', value: 'value', headers: { source: 'till 7', note: '' }, timestamp: 1_300_000_000_000 },
      { key: null, value: null, headers: {}, timestamp: 0 },
      { key: '', value: '', headers: { ['n'.repeat(200)]: 'ü'.repeat(9_000) }, timestamp: 1_800_000_000_000 },
    ];
    await log.produce([batchOf(target, records)]);
    const batch = (await log.read({ ...target, nextOffset: 0 }, 1 << 20))!;
    expect(plainRecords(batch)).toEqual(records);
    expect(batch).toMatchObject({ ...target, count: 3, nextOffset: 3 });
    expect([...batch.offsets]).toEqual([0, 1, 2]);
  });

  test('records keep their order within a partition, also of calls that are not awaited', async () => {
    const { log, topic } = await openTopic(1);
    const target = { topic, partition: 0 };
    const calls = Array.from({ length: 30 }, async (_, call) =>
      log.produce([valuesBatch(target, [`${call}a`]), valuesBatch(target, [`${call}b`])]),
    );
    await Promise.all(calls);
    const values = (await readAll(log, topic, 0, 1 << 20)).flatMap(valuesOf);
    expect(values).toEqual(Array.from({ length: 30 }, (_, call) => [`${call}a`, `${call}b`]).flat());
  });

  test('records that were fetched can be produced again, to any partition', async () => {
    const { log, topic } = await openTopic(2);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b', 'c'])]);
    const fetched = (await log.read({ topic, partition: 0, nextOffset: 1 }, 1 << 20))!;
    await log.produce([{ ...fetched, partition: 1 }]);
    expect(valuesOf((await log.read({ topic, partition: 1, nextOffset: 0 }, 1 << 20))!)).toEqual(['b', 'c']);
  });

  test('a megabyte of records in one batch, and a record of a megabyte, are stored', async () => {
    const { log, topic } = await openTopic(1);
    const target = { topic, partition: 0 };
    // Random, so that no compression makes it small.
    const large = randomBytes(500_000).toString('hex');
    const many = Array.from({ length: 30_000 }, (_, index) => `${index} ${large.slice(index, index + 100)}`);
    await log.produce([valuesBatch(target, [...many, large, 'last'])]);
    const read = await readAll(log, topic, 0, 1 << 20);
    expect(read.flatMap(valuesOf)).toEqual([...many, large, 'last']);
  });

  test('reading begins at any offset, gives what fits and at least one record, and ends at the end', async () => {
    const { log, topic } = await openTopic(1);
    const values = Array.from({ length: 100 }, (_, index) => `${index}:${'x'.repeat(index)}`);
    for (let index = 0; index < 100; index += 20) {
      await log.produce([valuesBatch({ topic, partition: 0 }, values.slice(index, index + 20))]);
    }
    for (const [from, maxBytes] of [
      [0, 1 << 20],
      [37, 500],
      [60, 1],
      [99, 1 << 20],
      [100, 1],
    ] as const) {
      const read = await readAll(log, topic, from, maxBytes);
      expect(read.flatMap(valuesOf)).toEqual(values.slice(from));
      expect(read.flatMap(({ offsets }) => [...offsets])).toEqual(values.map((_, index) => index).slice(from));
      const tooLarge = read.filter(({ count, bytes }) => count > 1 && bytes.length > maxBytes);
      expect(tooLarge).toEqual([]);
    }
  });

  test('an empty batch is nothing', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, [])]);
    await log.produce([]);
    expect(await log.offsets(topic)).toEqual([{ start: 0, end: 0 }]);
  });

  test('a batch that points outside of its bytes is refused whole', async () => {
    const { log, topic } = await openTopic(1);
    const good = valuesBatch({ topic, partition: 0 }, ['a', 'b']);
    const bad = { ...good, valueEnd: Int32Array.of(1, 99) };
    await expect(log.produce([good, bad])).rejects.toMatchObject({ code: 'invalid_batch' });
    expect(await log.offsets(topic)).toEqual([{ start: 0, end: 0 }]);
  });
}

function topicsContract(openTopic: OpenTopic): void {
  test('topics are created once, and refused with another partition count', async () => {
    const { log, topic } = await openTopic(2);
    await log.createTopics([{ name: topic, partitions: 2, cleanup: 'delete' }]);
    const other = { name: `other-${topic}`, partitions: 1, cleanup: 'compact' } as const;
    const refused = log.createTopics([other, { name: topic, partitions: 3, cleanup: 'delete' }]);
    await expect(refused).rejects.toMatchObject({ code: 'partition_mismatch' });
    await expect(log.offsets(other.name)).rejects.toMatchObject({ code: 'unknown_topic' });
  });

  test('topics and partitions that are not there are named in the error', async () => {
    const { log, topic } = await openTopic(2);
    await expect(log.offsets('slaes')).rejects.toThrow(/topic slaes/);
    for (const call of [
      async () => log.offsets('slaes'),
      async () => log.committed('g', 'slaes'),
      async () => log.produce([valuesBatch({ topic: 'slaes', partition: 0 }, ['a'])]),
      async () => log.produce([valuesBatch({ topic, partition: 2 }, ['a'])]),
      async () => log.read({ topic, partition: 2, nextOffset: 0 }, 1),
      async () => new Member(log, 'slaes').consumer.start(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'unknown_topic' });
    }
  });
}

function consumerContract(openTopic: OpenTopic): void {
  test('a consumer is assigned, gets what is there, and what comes later', async () => {
    const { log, topic } = await openTopic(1);
    const target = { topic, partition: 0 };
    await log.produce([valuesBatch(target, ['a', 'b'])]);
    const member = new Member(log, topic);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a', 'b']));
    await log.produce([valuesBatch(target, ['c'])]);
    await eventually(() => expect(member.calls).toEqual(['assigned 0', 'batch 0 a b', 'batch 0 c']));
  });

  test('a consumer resumes at what its group committed, another group at the first record', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b', 'c'])]);
    const before = new Member(log, topic);
    before.onBatch = async () => {};
    await before.consumer.start();
    await eventually(() => expect(before.values).toEqual(['a', 'b', 'c']));
    await before.consumer.commit([{ topic, partition: 0, nextOffset: 2 }]);
    await before.consumer.stop();
    const [after, other] = [new Member(log, topic), new Member(log, topic, { group: `others-${topic}` })];
    await Promise.all([after.consumer.start(), other.consumer.start()]);
    await eventually(() => expect([after.values, other.values]).toEqual([['c'], ['a', 'b', 'c']]));
  });

  test('the last commit counts, forward or back', async () => {
    const { log, topic } = await openTopic(2);
    const group = `readers-of-${topic}`;
    const member = new Member(log, topic);
    await member.consumer.start();
    await eventually(() => expect(member.held.size).toBe(2));
    expect(await log.committed(group, topic)).toEqual([undefined, undefined]);
    await member.consumer.commit([{ topic, partition: 0, nextOffset: 7 }]);
    await member.consumer.commit([
      { topic, partition: 0, nextOffset: 2 },
      { topic, partition: 1, nextOffset: 2 ** 48 - 1 },
    ]);
    expect(await log.committed(group, topic)).toEqual([2, 2 ** 48 - 1]);
    const tooFar = member.consumer.commit([{ topic, partition: 1, nextOffset: 2 ** 48 }]);
    await expect(tooFar).rejects.toMatchObject({ code: 'offset_out_of_range' });
    expect(await log.committed('others', topic)).toEqual([undefined, undefined]);
  });

  test('a consumer gets one batch of a partition at a time, and partitions beside each other', async () => {
    const { log, topic } = await openTopic(2);
    const member = new Member(log, topic, { maxBatchBytes: 1 });
    const open: (() => void)[] = [];
    member.onBatch = async () => new Promise((resolve) => open.push(resolve));
    await log.produce([
      valuesBatch({ topic, partition: 0 }, ['a', 'b']),
      valuesBatch({ topic, partition: 1 }, ['x', 'y']),
    ]);
    await member.consumer.start();
    await eventually(() => expect(member.values.toSorted()).toEqual(['a', 'x']));
    await quietTime();
    expect(member.values).toHaveLength(2);
    open[0]!();
    await eventually(() => expect(member.values).toHaveLength(3));
    await quietTime();
    expect(member.values).toHaveLength(3);
    for (const index of [1, 2]) open[index]!();
    await eventually(() => expect(member.values.toSorted()).toEqual(['a', 'b', 'x', 'y']));
    open[3]!();
  });

  test('what comes while the handler works is its next batch, all of it', async () => {
    const { log, topic } = await openTopic(1);
    const target = { topic, partition: 0 };
    const member = new Member(log, topic);
    const working = Promise.withResolvers<void>();
    member.onBatch = async () => working.promise;
    await log.produce([valuesBatch(target, ['a'])]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a']));
    for (const value of ['b', 'c', 'd']) {
      await log.produce([valuesBatch(target, [value])]);
      // Long enough for a fetch to bring it.
      await quietTime();
    }
    working.resolve();
    await eventually(() => expect(member.batches.map(valuesOf)).toEqual([['a'], ['b', 'c', 'd']]));
  });

  test('a consumer gets nothing before assigned is done, and then from where it was told to seek', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b', 'c'])]);
    const member = new Member(log, topic);
    const loaded = Promise.withResolvers<void>();
    member.onAssigned = async () => {
      await loaded.promise;
      member.consumer.seek({ topic, partition: 0, nextOffset: 2 });
    };
    await member.consumer.start();
    await eventually(() => expect(member.calls).toEqual(['assigned 0']));
    await quietTime();
    expect(member.values).toEqual([]);
    loaded.resolve();
    await eventually(() => expect(member.values).toEqual(['c']));
  });

  test('a consumer continues after a seek in the middle of a batch and after one at the end', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b', 'c'])]);
    const member = new Member(log, topic);
    member.onBatch = async (batch) => {
      if (member.batches.length === 1) member.consumer.seek({ ...batch, nextOffset: 1 });
    };
    await member.consumer.start();
    await eventually(() =>
      expect(member.batches.map(valuesOf)).toEqual([
        ['a', 'b', 'c'],
        ['b', 'c'],
      ]),
    );
    await quietTime();
    member.consumer.seek({ topic, partition: 0, nextOffset: 2 });
    await eventually(() => expect(member.batches.slice(2).map(valuesOf)).toEqual([['c']]));
  });

  test('a paused partition delivers nothing until it is resumed', async () => {
    const { log, topic } = await openTopic(2);
    const [first, second] = [
      { topic, partition: 0 },
      { topic, partition: 1 },
    ];
    const member = new Member(log, topic);
    member.onAssigned = async () => member.consumer.pause([first]);
    await member.consumer.start();
    await log.produce([valuesBatch(first, ['a']), valuesBatch(second, ['x'])]);
    await eventually(() => expect(member.values).toEqual(['x']));
    await log.produce([valuesBatch(first, ['b'])]);
    await quietTime();
    expect(member.values).toEqual(['x']);
    member.consumer.resume([first]);
    await eventually(() => expect(member.values).toEqual(['x', 'a', 'b']));
  });

  test('a consumer fails once when its handler rejects, and its group goes on without it', async () => {
    const { log, topic } = await openTopic(2);
    const [failing, other] = [new Member(log, topic), new Member(log, topic)];
    failing.onBatch = async () => {
      throw new Error('no room in the store');
    };
    await failing.consumer.start();
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a']), valuesBatch({ topic, partition: 1 }, ['x'])]);
    await eventually(() => expect(failing.failures).toEqual(['failed no room in the store']));
    await other.consumer.start();
    await log.produce([valuesBatch({ topic, partition: 0 }, ['b']), valuesBatch({ topic, partition: 1 }, ['y'])]);
    await eventually(() => expect(other.values.toSorted()).toEqual(['a', 'b', 'x', 'y']));
    expect(failing.failures).toHaveLength(1);
  });

  test('a consumer fails when assigned rejects', async () => {
    const { log, topic } = await openTopic(1);
    const member = new Member(log, topic);
    member.onAssigned = async () => {
      throw new Error('cannot load');
    };
    await member.consumer.start();
    await eventually(() => expect(member.calls).toEqual(['assigned 0', 'failed cannot load']));
  });

  test('a consumer fails when its position lies behind the end, and does not skip', async () => {
    const { log, topic } = await openTopic(1);
    const member = new Member(log, topic);
    await member.consumer.start();
    await eventually(() => expect(member.held.size).toBe(1));
    await member.consumer.commit([{ topic, partition: 0, nextOffset: 5 }]);
    await member.consumer.stop();
    const late = new Member(log, topic);
    await late.consumer.start();
    await eventually(() => expect(late.failures.join()).toContain(`${topic}/0 ends at 0, there is no offset 5`));
  });

  test('a consumer stops after the batches in its handler, which may still commit', async () => {
    const { log, topic } = await openTopic(1);
    const member = new Member(log, topic, { maxBatchBytes: 1 });
    const written = Promise.withResolvers<void>();
    member.onBatch = async (batch) => {
      await written.promise;
      await member.consumer.commit([batch]);
    };
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b'])]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a']));
    let isStopped = false;
    const stopping = member.consumer.stop().then(() => {
      isStopped = true;
    });
    await quietTime();
    expect(isStopped).toBe(false);
    written.resolve();
    await stopping;
    expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([1]);
    expect(member.calls).toEqual(['assigned 0', 'batch 0 a']);
    await expect(member.consumer.start()).rejects.toMatchObject({ code: 'closed' });
  });
}

function groupContract(openTopic: OpenTopic): void {
  test('a group shares its partitions; one that joins gets some, one that leaves gives them back', async () => {
    const { log, topic } = await openTopic(4);
    const [a, b] = [new Member(log, topic), new Member(log, topic)];
    await a.consumer.start();
    await eventually(() => expect(a.held.size).toBe(4));
    await b.consumer.start();
    await eventually(() => expect([a.held.size, b.held.size]).toEqual([2, 2]));
    expect([...a.held, ...b.held].toSorted()).toEqual(['0', '1', '2', '3']);
    await a.consumer.stop();
    await eventually(() => expect(b.held.size).toBe(4));
    expect([a.failures, b.failures]).toEqual([[], []]);
  });

  test('a commit for what was lost is passed over, and the new owner repeats it', async () => {
    const { log, topic } = await openTopic(2);
    const [old, heir] = [new Member(log, topic), new Member(log, topic)];
    const written = Promise.withResolvers<void>();
    let commits = 0;
    old.onBatch = async (batch) => {
      await written.promise;
      await old.consumer.commit([batch]);
      commits++;
    };
    heir.onBatch = async () => {};
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a']), valuesBatch({ topic, partition: 1 }, ['x'])]);
    await old.consumer.start();
    await eventually(() => expect(old.values.toSorted()).toEqual(['a', 'x']));
    await heir.consumer.start();
    await eventually(() => expect(heir.values).toHaveLength(1));
    written.resolve();
    await eventually(() => expect(commits).toBe(2));
    const committed = await log.committed(`readers-of-${topic}`, topic);
    const lost = heir.values[0] === 'a' ? 0 : 1;
    expect(committed[lost]).toBeUndefined();
    expect(committed[1 - lost]).toBe(1);
  });

  test('two members share the records while a third comes and goes: each at least once, in order, never two calls at once', async () => {
    const { log, topic } = await openTopic(4);
    const members = [new Member(log, topic, { maxBatchBytes: 200 }), new Member(log, topic, { maxBatchBytes: 200 })];
    const third = new Member(log, topic, { maxBatchBytes: 200 });
    await Promise.all(members.map(async ({ consumer }) => consumer.start()));
    let produced = 0;
    let isProducing = true;
    const producing = (async () => {
      while (isProducing) {
        const partition = produced % 4;
        await log.produce([valuesBatch({ topic, partition }, [`${produced}`])]);
        produced++;
      }
    })();
    onTestFinished(() => {
      isProducing = false;
    });
    await eventually(() => expect(members.map(({ held }) => held.size)).toEqual([2, 2]));
    await third.consumer.start();
    await eventually(() => expect(third.values.length).toBeGreaterThan(20));
    await third.consumer.stop();
    await eventually(() => expect(members.map(({ held }) => held.size)).toEqual([2, 2]));
    isProducing = false;
    await producing;
    const all = [...members, third];
    const seen = (): Set<string> => new Set(all.flatMap(({ values }) => values));
    await eventually(() => expect(seen().size).toBe(produced));
    expect(all.flatMap(({ offences, failures }) => [...offences, ...failures])).toEqual([]);
    for (const member of all) expect(member.values.length).toBeGreaterThan(20);
    // Every batch is committed at once, so only what was in a handler at a hand-over may come twice.
    const repeated = all.flatMap(({ values }) => values).length - produced;
    expect(repeated).toBeLessThan(60);
  });
}
