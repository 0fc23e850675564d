import type { TableBlock } from '@tillstream/store';
import { describe, expect, test } from 'vitest';
import { Bench, settled } from './testing/bench.ts';
import { batchOf, partitionOf } from './testing/fakes.ts';

const TURN = ['insert-a 1', 'insert-b 1', 'publish output', 'news news'];

describe('a turn', () => {
  test('writes all tables, then publishes, tells the news, and commits last', async () => {
    const bench = await Bench.running([0]);
    await bench.consumer.deliver(batchOf(0, 3, 7));
    expect(bench.journal.entries).toEqual([
      'process 0@3-7',
      '/process 0@3-7',
      'insert-a 1',
      'insert-b 1',
      '/insert-a 1',
      '/insert-b 1',
      'publish output',
      '/publish output',
      'news news',
      'commit 0:8',
      '/commit 0:8',
    ]);
  });

  test.each([
    ['insert-a', 'process 0@0-0, insert-a 1, insert-b 1'],
    ['insert-b', 'process 0@0-0, insert-a 1, insert-b 1'],
    ['publish', 'process 0@0-0, insert-a 1, insert-b 1, publish output'],
    ['commit', 'process 0@0-0, insert-a 1, insert-b 1, publish output, news news, commit 0:1'],
  ])('waits for %s before it goes on', async (step, until) => {
    const bench = await Bench.running([0]);
    const release = bench.journal.hold(step);
    let isDone = false;
    const delivered = bench.consumer.deliver(batchOf(0, 0, 0)).then(() => (isDone = true));
    expect((await bench.happened()).join(', ')).toBe(until);
    expect(isDone).toBe(false);
    release();
    await delivered;
    expect(bench.worker.status().turns).toBe(1);
  });

  test('writes what a replay must find before the rest', async () => {
    const bench = await Bench.running([0]);
    const release = bench.journal.hold('insert-first');
    const table = { name: 'first' } as TableBlock['table'];
    bench.stage.output = { firstTables: [{ table, rows: 1, bytes: Buffer.alloc(1) }] };
    const delivered = bench.consumer.deliver(batchOf(0, 0, 0));
    expect(await bench.happened()).toEqual(['process 0@0-0', 'insert-first 1']);
    release();
    await delivered;
    expect(await bench.happened()).toEqual([...TURN, 'commit 0:1']);
  });

  test('takes what all partitions have delivered, and commits each', async () => {
    const bench = await Bench.running([0, 1, 2]);
    bench.worker.pause();
    const deliveries = [batchOf(2, 5, 6), batchOf(0, 0, 1), batchOf(1, 9, 9)].map((batch) =>
      bench.consumer.deliver(batch),
    );
    bench.worker.resume();
    await Promise.all(deliveries);
    expect(await bench.happened()).toEqual(['process 2@5-6 0@0-1 1@9-9', ...TURN, 'commit 2:7 0:2 1:10']);
    expect(bench.worker.status().turns).toBe(1);
  });

  test('publishes nothing when there is nothing to publish', async () => {
    const bench = await Bench.running([0]);
    bench.stage.output = { tables: [], publish: [], news: [] };
    await bench.consumer.deliver(batchOf(0, 0, 0));
    expect(await bench.happened()).toEqual(['process 0@0-0', 'commit 0:1']);
  });

  test('takes no more than its bytes, but always one batch', async () => {
    const bench = await Bench.running([0, 1, 2], { maxTurnBytes: 100 });
    bench.worker.pause();
    const sizes = [60, 40, 300] as const;
    const deliveries = sizes.map((bytes, partition) => bench.consumer.deliver(batchOf(partition, 0, 0, bytes)));
    bench.worker.resume();
    await Promise.all(deliveries);
    const turns = (await bench.happened()).filter((entry) => entry.startsWith('process'));
    expect(turns).toEqual(['process 0@0-0 1@0-0', 'process 2@0-0']);
  });

  test('counts after the commit, and measures freshness when the tables are written', async () => {
    const bench = await Bench.running([0]);
    bench.now = 5000;
    bench.stage.output = { visible: { timestamps: Float64Array.of(1000, 4000), silverTookSum: 7000 } };
    const release = bench.journal.hold('commit');
    const delivered = bench.consumer.deliver(batchOf(0, 0, 2));
    await settled();
    expect(bench.telemetry.total('records_read', 'input')).toBe(0);
    expect([bench.telemetry.freshness.total, bench.telemetry.freshness.sumSeconds]).toEqual([2, 5]);
    release();
    await delivered;
    expect(bench.telemetry.total('records_read', 'input')).toBe(3);
  });
});

describe('a failure', () => {
  const STEPS: readonly (readonly [string, readonly string[]])[] = [
    ['process', ['process 0@0-0']],
    ['insert-a', ['process 0@0-0', 'insert-a 1', 'insert-b 1']],
    ['insert-b', ['process 0@0-0', 'insert-a 1', 'insert-b 1']],
    ['publish', ['process 0@0-0', 'insert-a 1', 'insert-b 1', 'publish output']],
    ['commit', ['process 0@0-0', ...TURN, 'commit 0:1']],
  ];

  test.each(STEPS)(
    'of %s ends the worker: nothing that comes later is done, nothing is committed',
    async (step, until) => {
      const bench = await Bench.running([0, 1]);
      bench.journal.fail(step, new Error(`no ${step}`));
      const delivered = bench.consumer.deliver(batchOf(0, 0, 0));
      await expect(bench.run).rejects.toThrow(`no ${step}`);
      await expect(delivered).rejects.toThrow(`no ${step}`);
      expect(await bench.happened()).toEqual([...until, 'leave', 'left']);
      expect(bench.worker.status()).toMatchObject({ state: 'failed', turns: 0 });
      expect(bench.telemetry.total('records_read', 'input')).toBe(0);
    },
  );

  test('is told to everybody who waits, and to whoever comes later', async () => {
    const bench = await Bench.running([0, 1]);
    bench.journal.fail('insert-a', new Error('no store'));
    const release = bench.journal.hold('process');
    const waiting = [bench.consumer.deliver(batchOf(0, 0, 0))];
    await settled();
    waiting.push(
      bench.consumer.deliver(batchOf(1, 0, 0)),
      bench.worker.betweenTurns(async () => undefined),
    );
    release();
    for (const one of waiting) await expect(one).rejects.toThrow('no store');
    await expect(bench.consumer.deliver(batchOf(1, 0, 0))).rejects.toThrow('no store');
    await expect(bench.worker.betweenTurns(async () => undefined)).rejects.toThrow('no store');
    await expect(bench.run).rejects.toThrow('no store');
  });

  test('of the consumer ends the worker', async () => {
    const bench = await Bench.running([0]);
    bench.consumer.options.handler.failed(new Error('no broker'));
    await expect(bench.run).rejects.toThrow('no broker');
    expect(bench.worker.status().state).toBe('failed');
  });

  test('to join ends the worker', async () => {
    const bench = new Bench();
    bench.journal.fail('start', new Error('no group'));
    await expect(bench.worker.run()).rejects.toThrow('no group');
    expect(bench.worker.status().state).toBe('failed');
  });

  test('to recover ends the worker, before any batch', async () => {
    const bench = new Bench();
    bench.journal.fail('recover', new Error('no tables'));
    await bench.start(0);
    await expect(bench.run).rejects.toThrow('no tables');
    expect(bench.worker.status().state).toBe('failed');
  });

  test('to find its records ends the worker: it never skips them', async () => {
    const bench = new Bench();
    bench.log.ranges = [{ start: 10, end: 20 }];
    await bench.start(0);
    await expect(bench.run).rejects.toThrow('10 records of input/0 were removed');
  });

  test('stays: a failed worker is not stopped', async () => {
    const bench = await Bench.running([0]);
    bench.consumer.options.handler.failed(new Error('no broker'));
    await expect(bench.run).rejects.toThrow('no broker');
    bench.worker.stop();
    expect(bench.worker.status().state).toBe('failed');
  });
});

describe('a lost partition', () => {
  test('leaves its waiting batch undone and uncommitted', async () => {
    const bench = await Bench.running([0, 1]);
    bench.worker.pause();
    const delivered = Promise.all([bench.consumer.deliver(batchOf(0, 0, 4)), bench.consumer.deliver(batchOf(1, 0, 4))]);
    bench.consumer.revoke(0);
    bench.worker.resume();
    await delivered;
    expect(await bench.happened()).toEqual(['lose 0', 'process 1@0-4', ...TURN, 'commit 1:5']);
    expect(bench.worker.status().partitions).toEqual([{ ...partitionOf(1), nextOffset: 5 }]);
  });

  test('makes no turn when its batch was all that waited', async () => {
    const bench = await Bench.running([0]);
    bench.worker.pause();
    const delivered = bench.consumer.deliver(batchOf(0, 0, 4));
    bench.consumer.revoke(0);
    bench.worker.resume();
    await delivered;
    expect(await bench.happened()).toEqual(['lose 0']);
  });

  test('is not committed when it is lost in the middle of a turn; what was begun is written', async () => {
    const bench = await Bench.running([0, 1]);
    bench.worker.pause();
    const delivered = Promise.all([bench.consumer.deliver(batchOf(0, 0, 4)), bench.consumer.deliver(batchOf(1, 0, 4))]);
    const release = bench.journal.hold('publish');
    bench.worker.resume();
    await settled();
    bench.consumer.revoke(0);
    release();
    await delivered;
    expect((await bench.happened()).at(-1)).toBe('commit 1:5');
  });

  test('is not held when it was lost while it recovered', async () => {
    const bench = await Bench.running([0]);
    const release = bench.journal.hold('recover');
    const assigned = bench.consumer.assign(1, 2);
    await settled();
    bench.consumer.revoke(1);
    release();
    await assigned;
    expect(bench.worker.status()).toMatchObject({ state: 'running', partitions: [partitionOf(0), partitionOf(2)] });
  });
});
