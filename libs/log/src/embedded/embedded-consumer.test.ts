import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Consumer, ConsumerHandler, ConsumerOptions } from '../port.ts';
import type { RecordBatch, TopicPartition } from '../record-batch.ts';
import { temporaryFolder, valuesBatch, valuesOf } from '../testing.ts';
import { type EmbeddedLog, openEmbeddedLog } from './embedded-log.ts';

const TOPIC = 'sales';
const first = { topic: TOPIC, partition: 0 };
const second = { topic: TOPIC, partition: 1 };

async function openLog(partitions = 2): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ path: join(temporaryFolder(onTestFinished), 'log.sqlite') });
  onTestFinished(() => log.close());
  await log.createTopics([{ name: TOPIC, partitions, cleanup: 'delete' }]);
  return log;
}

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** A member that notes what it is called with, and holds a batch for as long as a test wants. */
class Member implements ConsumerHandler {
  readonly calls: string[] = [];
  readonly batches: RecordBatch[] = [];
  readonly consumer: Consumer;
  /** What the handler does with a batch after it was noted. */
  onBatch: (batch: RecordBatch) => Promise<void>;
  onAssigned: (partitions: readonly TopicPartition[]) => Promise<void> = async () => {};

  constructor(log: EmbeddedLog, options: Partial<ConsumerOptions> = {}) {
    this.consumer = log.consumer({ group: 'g', topics: [TOPIC], maxBatchBytes: 1 << 20, handler: this, ...options });
    this.onBatch = (batch) => this.consumer.commit([batch]);
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.calls.push(`assigned ${partitions.map(idOf).join(' ')}`);
    await this.onAssigned(partitions);
  }

  revoked(partitions: readonly TopicPartition[]): void {
    this.calls.push(`revoked ${partitions.map(idOf).join(' ')}`);
  }

  async batch(batch: RecordBatch): Promise<void> {
    this.calls.push(`batch ${idOf(batch)} ${valuesOf(batch).join(' ')}`);
    this.batches.push(batch);
    await this.onBatch(batch);
  }

  failed(error: Error): void {
    this.calls.push(`failed ${error.message}`);
  }

  get values(): (string | null)[] {
    return this.batches.flatMap(valuesOf);
  }

  get sortedValues(): string[] {
    return this.values.map(String).toSorted();
  }
}

/** Looks often, and gives a busy machine time. */
const eventually = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: 10_000, interval: 2 });

/** Several turns of the event loop: enough for any delivery that is possible at all. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

vi.setConfig({ testTimeout: 20_000 });

describe('a consumer', () => {
  test('is assigned, gets what is there, and what comes later at once', async () => {
    const log = await openLog(1);
    await log.produce([valuesBatch(first, ['a', 'b'])]);
    const member = new Member(log);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a', 'b']));
    await log.produce([valuesBatch(first, ['c'])]);
    await turns();
    expect(member.calls).toEqual(['assigned sales/0', 'batch sales/0 a b', 'batch sales/0 c']);
  });

  test('resumes at what its group committed, other groups at the first kept record', async () => {
    const log = await openLog(1);
    await log.produce([valuesBatch(first, ['a', 'b', 'c'])]);
    await log.trim({ ...first, nextOffset: 1 });
    const before = new Member(log);
    await before.consumer.start();
    await eventually(() => expect(before.values).toEqual(['b', 'c']));
    await before.consumer.commit([{ ...first, nextOffset: 2 }]);
    await before.consumer.stop();
    const [after, other] = [new Member(log), new Member(log, { group: 'other' })];
    await Promise.all([after.consumer.start(), other.consumer.start()]);
    await eventually(() => expect([after.values, other.values]).toEqual([['c'], ['b', 'c']]));
  });

  test('commits forward and back, as the last call says', async () => {
    const log = await openLog();
    const member = new Member(log);
    await member.consumer.start();
    expect(await log.committed('g', TOPIC)).toEqual([undefined, undefined]);
    await member.consumer.commit([{ ...first, nextOffset: 7 }]);
    await member.consumer.commit([
      { ...first, nextOffset: 2 },
      { ...second, nextOffset: 2 ** 48 - 1 },
    ]);
    expect(await log.committed('g', TOPIC)).toEqual([2, 2 ** 48 - 1]);
    const tooFar = member.consumer.commit([
      { ...first, nextOffset: 3 },
      { ...second, nextOffset: 2 ** 48 },
    ]);
    await expect(tooFar).rejects.toMatchObject({ code: 'offset_out_of_range' });
    expect(await log.committed('g', TOPIC)).toEqual([2, 2 ** 48 - 1]);
    expect(await log.committed('other', TOPIC)).toEqual([undefined, undefined]);
  });

  test('gets one batch of a partition at a time, and partitions beside each other', async () => {
    const log = await openLog();
    const member = new Member(log, { maxBatchBytes: 1 });
    const open: (() => void)[] = [];
    member.onBatch = () => new Promise((resolve) => open.push(resolve));
    await log.produce([valuesBatch(first, ['a', 'b']), valuesBatch(second, ['x', 'y'])]);
    await member.consumer.start();
    await turns();
    expect(member.sortedValues).toEqual(['a', 'x']);
    open[0]!();
    await turns();
    expect(member.values).toHaveLength(3);
    for (let index = 1; index < 4; index++) {
      open[index]!();
      await turns();
    }
    expect(member.sortedValues).toEqual(['a', 'b', 'x', 'y']);
  });

  test('gets nothing before assigned is done, and then from where it was told to seek', async () => {
    const log = await openLog(1);
    await log.produce([valuesBatch(first, ['a', 'b', 'c'])]);
    const member = new Member(log);
    const loaded = Promise.withResolvers<void>();
    member.onAssigned = async () => {
      await loaded.promise;
      member.consumer.seek({ ...first, nextOffset: 2 });
    };
    await member.consumer.start();
    await turns();
    expect(member.values).toEqual([]);
    loaded.resolve();
    await eventually(() => expect(member.values).toEqual(['c']));
  });

  test('continues after a seek at the end or in the middle of a batch', async () => {
    const log = await openLog(1);
    await log.produce([valuesBatch(first, ['a', 'b', 'c'])]);
    const member = new Member(log);
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
    await turns();
    member.consumer.seek({ ...first, nextOffset: 2 });
    await eventually(() => expect(member.batches.slice(2).map(valuesOf)).toEqual([['c']]));
  });

  test('gets nothing of a paused partition until it is resumed', async () => {
    const log = await openLog();
    const member = new Member(log);
    member.onAssigned = async () => member.consumer.pause([first]);
    await member.consumer.start();
    await log.produce([valuesBatch(first, ['a']), valuesBatch(second, ['x'])]);
    await eventually(() => expect(member.values).toEqual(['x']));
    await log.produce([valuesBatch(first, ['b'])]);
    await turns();
    expect(member.values).toEqual(['x']);
    member.consumer.resume([first]);
    await eventually(() => expect(member.values).toEqual(['x', 'a', 'b']));
  });

  test('fails once when its handler rejects, and its group goes on without it', async () => {
    const log = await openLog();
    const [failing, other] = [new Member(log), new Member(log)];
    failing.onBatch = async () => {
      throw new Error('no room in the store');
    };
    await failing.consumer.start();
    await log.produce([valuesBatch(first, ['a']), valuesBatch(second, ['x'])]);
    await eventually(() => expect(failing.calls).toContain('failed no room in the store'));
    await turns();
    const callsWhenFailed = [...failing.calls];
    expect(callsWhenFailed.filter((call) => call.startsWith('failed'))).toHaveLength(1);
    await other.consumer.start();
    await log.produce([valuesBatch(first, ['b']), valuesBatch(second, ['y'])]);
    await eventually(() => expect(other.sortedValues).toEqual(['a', 'b', 'x', 'y']));
    expect(failing.calls).toEqual(callsWhenFailed);
  });

  test.each(['assigned', 'revoked'] as const)('fails when %s throws', async (method) => {
    const log = await openLog();
    const member = new Member(log);
    member[method] = () => {
      throw new Error('cannot load');
    };
    await member.consumer.start();
    await turns();
    await new Member(log).consumer.start();
    await turns();
    expect(member.calls.at(-1)).toBe('failed cannot load');
    expect(member.calls.filter((call) => call === 'failed cannot load')).toHaveLength(1);
  });

  test('fails when its position lies beyond the log, and does not skip', async () => {
    const log = await openLog(1);
    const member = new Member(log);
    await member.consumer.start();
    await member.consumer.commit([{ ...first, nextOffset: 5 }]);
    await member.consumer.stop();
    const late = new Member(log);
    await late.consumer.start();
    await eventually(() => expect(late.calls.at(-1)).toMatch(/^failed sales\/0 ends at 0, there is no offset 5/));
  });

  test('stops after the batches in its handler, which may still commit', async () => {
    const log = await openLog(1);
    const member = new Member(log, { maxBatchBytes: 1 });
    const written = Promise.withResolvers<void>();
    member.onBatch = async (batch) => {
      await written.promise;
      await member.consumer.commit([batch]);
    };
    await log.produce([valuesBatch(first, ['a', 'b'])]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a']));
    let stopped = false;
    const stopping = member.consumer.stop().then(() => {
      stopped = true;
    });
    await turns();
    expect(stopped).toBe(false);
    written.resolve();
    await stopping;
    expect(await log.committed('g', TOPIC)).toEqual([1]);
    await turns();
    expect(member.values).toEqual(['a']);
    await expect(member.consumer.start()).rejects.toMatchObject({ code: 'closed' });
  });

  test('cannot start on a topic that is not there', async () => {
    const log = await openLog();
    await expect(new Member(log, { topics: ['slaes'] }).consumer.start()).rejects.toMatchObject({
      code: 'unknown_topic',
    });
  });

  test('leaves room for timers while it has a backlog', async () => {
    const log = await openLog(1);
    await log.produce([
      valuesBatch(
        first,
        Array.from({ length: 3_000 }, (_, index) => `${index}`),
      ),
    ]);
    const member = new Member(log, { maxBatchBytes: 1 });
    let deliveredAtTimer: number | undefined;
    await member.consumer.start();
    setTimeout(() => {
      deliveredAtTimer = member.batches.length;
    }, 1);
    await eventually(() => expect(member.batches).toHaveLength(3_000));
    expect(deliveredAtTimer).toBeLessThan(3_000);
  });

  test('is stopped by closing the log', async () => {
    const log = await openLog(1);
    const member = new Member(log);
    const written = Promise.withResolvers<void>();
    member.onBatch = async (batch) => {
      await written.promise;
      await member.consumer.commit([batch]);
      await log.produce([valuesBatch(first, ['from the handler'])]);
    };
    await log.produce([valuesBatch(first, ['a'])]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a']));
    const closing = log.close();
    written.resolve();
    await closing;
    expect(member.calls.filter((call) => call.startsWith('failed'))).toEqual([]);
  });
});

describe('a group', () => {
  test('shares partitions in turn and takes away before it gives', async () => {
    const log = await openLog(4);
    const calls: string[] = [];
    const [a, b] = [new Member(log), new Member(log)];
    for (const [name, member] of Object.entries({ a, b })) {
      member.assigned = async (partitions) => void calls.push(`${name}+${partitions.map((p) => p.partition).join('')}`);
      member.revoked = (partitions) => void calls.push(`${name}-${partitions.map((p) => p.partition).join('')}`);
    }
    await a.consumer.start();
    await turns();
    await b.consumer.start();
    await turns();
    expect(calls).toEqual(['a+0123', 'a-13', 'b+13']);
    await a.consumer.stop();
    await turns();
    expect(calls.slice(3)).toEqual(['b+02']);
  });

  test('revokes from a member only what that was told of', async () => {
    const log = await openLog(2);
    const [a, b] = [new Member(log), new Member(log)];
    await Promise.all([a.consumer.start(), b.consumer.start()]);
    await turns();
    expect([a.calls, b.calls]).toEqual([['assigned sales/0'], ['assigned sales/1']]);
  });

  test('hands over without loss, and repeats only what was not committed', async () => {
    const log = await openLog(2);
    const produced: string[] = [];
    const members = [new Member(log, { maxBatchBytes: 100 }), new Member(log, { maxBatchBytes: 100 })];
    const produceSome = async (): Promise<void> => {
      for (let index = 0; index < 100; index++) {
        const value = `${produced.length}`;
        produced.push(value);
        await log.produce([valuesBatch({ topic: TOPIC, partition: index % 2 }, [value])]);
      }
    };
    await members[0]!.consumer.start();
    await produceSome();
    await members[1]!.consumer.start();
    await produceSome();
    await members[0]!.consumer.stop();
    await produceSome();
    await eventually(() => expect(members[1]!.values.at(-1)).toBe(produced.at(-1)));
    await members[1]!.consumer.stop();
    const seen = members.flatMap((member) => member.values).map(Number);
    expect([...new Set(seen)].toSorted((a, b) => a - b)).toEqual(produced.map(Number));
    // Every batch is committed at once, so only the one in the handler at the hand-over may come twice.
    expect(seen.length - new Set(seen).size).toBeLessThanOrEqual(4);
    expect(members.every((member) => member.values.length > 50)).toBe(true);
  });

  test('drops commits for what was revoked, and the new owner repeats it', async () => {
    const log = await openLog(2);
    const [old, heir] = [new Member(log), new Member(log)];
    const written = Promise.withResolvers<void>();
    old.onBatch = async (batch) => {
      await written.promise;
      await old.consumer.commit([batch]);
    };
    await log.produce([valuesBatch(first, ['a']), valuesBatch(second, ['x'])]);
    await old.consumer.start();
    await eventually(() => expect(old.sortedValues).toEqual(['a', 'x']));
    heir.onBatch = async () => {};
    await heir.consumer.start();
    await eventually(() => expect(heir.values).toEqual(['x']));
    written.resolve();
    await turns();
    expect(await log.committed('g', TOPIC)).toEqual([1, undefined]);
  });

  test('gives a partition back only after the earlier batch of it has left the handler', async () => {
    const log = await openLog(2);
    const [member, guest] = [new Member(log), new Member(log)];
    const written = Promise.withResolvers<void>();
    member.onBatch = () => written.promise;
    await log.produce([valuesBatch(second, ['x'])]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['x']));
    await guest.consumer.start();
    await guest.consumer.stop();
    await turns();
    expect(member.calls.slice(2)).toEqual(['revoked sales/1']);
    written.resolve();
    await eventually(() => expect(member.calls.slice(3)).toEqual(['assigned sales/1', 'batch sales/1 x']));
  });

  test('gives nothing to a member that stops, and its partitions to the others once it has', async () => {
    const log = await openLog(2);
    const [stopping, guest, heir] = [new Member(log), new Member(log), new Member(log)];
    const written = Promise.withResolvers<void>();
    stopping.onBatch = () => written.promise;
    await log.produce([valuesBatch(first, ['a'])]);
    await stopping.consumer.start();
    await guest.consumer.start();
    await eventually(() => expect(stopping.values).toEqual(['a']));
    const stopped = stopping.consumer.stop();
    await guest.consumer.stop();
    await turns();
    expect(stopping.calls).toEqual(['assigned sales/0', 'batch sales/0 a']);
    await heir.consumer.start();
    written.resolve();
    await stopped;
    await eventually(() => expect(heir.values).toEqual(['a']));
    expect(heir.calls.filter((call) => call.startsWith('assigned'))).toEqual(['assigned sales/1', 'assigned sales/0']);
  });

  test('of different topics gives to each only what it asked for', async () => {
    const log = await openLog(1);
    await log.createTopics([{ name: 'counts', partitions: 2, cleanup: 'delete' }]);
    const [both, sales] = [new Member(log, { topics: [TOPIC, 'counts'] }), new Member(log)];
    await Promise.all([both.consumer.start(), sales.consumer.start()]);
    await turns();
    expect([both.calls, sales.calls]).toEqual([['assigned sales/0 counts/0 counts/1'], []]);
  });
});
