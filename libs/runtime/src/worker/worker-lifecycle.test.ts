import { afterEach, describe, expect, test, vi } from 'vitest';
import { Bench, settled } from './testing/bench.ts';
import { batchOf, partitionOf } from './testing/fakes.ts';

describe('states', () => {
  test('go from starting over recovering to running', async () => {
    const bench = new Bench();
    expect(bench.worker.status()).toMatchObject({
      service: 'stage-under-test',
      state: 'starting',
      partitions: [],
      turns: 0,
    });
    const release = bench.journal.hold('recover');
    const started = bench.start(0, 3);
    await settled();
    expect(bench.worker.status().state).toBe('recovering');
    release();
    await started;
    expect(bench.worker.status()).toMatchObject({ state: 'running', partitions: [partitionOf(0), partitionOf(3)] });
  });

  test('are recovering until the last of several assignments has recovered', async () => {
    const bench = await Bench.running([0]);
    const release = bench.journal.hold('recover');
    const first = bench.consumer.assign(1);
    await settled();
    expect(bench.worker.status().state).toBe('recovering');
    const second = bench.consumer.assign(2);
    release();
    await Promise.all([first, second]);
    expect(bench.worker.status().state).toBe('running');
  });

  test('know whether a turn is going on', async () => {
    const bench = await Bench.running([0]);
    bench.now = 77;
    const release = bench.journal.hold('insert-a');
    const delivered = bench.consumer.deliver(batchOf(0, 0, 0));
    await settled();
    expect(bench.worker.status()).toMatchObject({ isTurning: true, lastTurnAt: 77, turns: 0 });
    release();
    await delivered;
    expect(bench.worker.status()).toMatchObject({ isTurning: false, lastTurnAt: 77, turns: 1 });
  });
});

describe('changes', () => {
  test('are told: of the state and of the partitions, until nobody listens', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const stopListening = bench.worker.onChange(() => {
      const { state, partitions } = bench.worker.status();
      seen.push(`${state} ${partitions.map(({ partition }) => partition).join(' ')}`.trim());
    });
    await bench.start(0, 3);
    bench.worker.pause();
    bench.worker.resume();
    bench.consumer.revoke(3);
    bench.worker.stop();
    await bench.run;
    const expected = [
      'recovering 0 3',
      'running 0 3',
      'paused 0 3',
      'running 0 3',
      'running 0',
      'draining 0',
      'stopped 0',
    ];
    expect(seen).toEqual(expected);
    stopListening();
    bench.consumer.revoke(0);
    expect(seen).toHaveLength(expected.length);
  });

  test('end with a failure', async () => {
    const bench = await Bench.running([0]);
    const states: string[] = [];
    bench.worker.onChange(() => states.push(bench.worker.status().state));
    bench.journal.fail('insert-a', new Error('disk full'));
    await expect(bench.consumer.deliver(batchOf(0, 0, 0))).rejects.toThrow('disk full');
    expect(states).toEqual(['failed']);
  });
});

describe('pause', () => {
  test('takes no batch until resume', async () => {
    const bench = await Bench.running([0]);
    bench.worker.pause();
    const delivered = bench.consumer.deliver(batchOf(0, 0, 0));
    expect(await bench.happened()).toEqual([]);
    expect(bench.worker.status().state).toBe('paused');
    bench.worker.resume();
    await delivered;
    expect(bench.worker.status().state).toBe('running');
    expect(await bench.happened()).toContain('commit 0:1');
  });

  test('finishes the turn in hand', async () => {
    const bench = await Bench.running([0, 1]);
    const release = bench.journal.hold('insert-a');
    const first = bench.consumer.deliver(batchOf(0, 0, 0));
    await settled();
    bench.worker.pause();
    void bench.consumer.deliver(batchOf(1, 0, 0));
    release();
    await first;
    expect((await bench.happened()).filter((entry) => entry.startsWith('commit'))).toEqual(['commit 0:1']);
  });

  test('while it recovers stands afterwards', async () => {
    const bench = new Bench();
    const release = bench.journal.hold('recover');
    const started = bench.start(0);
    await settled();
    bench.worker.pause();
    expect(bench.worker.status().state).toBe('recovering');
    release();
    await started;
    expect(bench.worker.status().state).toBe('paused');
  });

  test('stands when partitions come and go, and can be ended while they recover', async () => {
    const bench = await Bench.running([0]);
    bench.worker.pause();
    await bench.consumer.assign(1);
    expect(bench.worker.status().state).toBe('paused');
    const release = bench.journal.hold('recover');
    const assigned = bench.consumer.assign(2);
    await settled();
    bench.worker.resume();
    release();
    await assigned;
    expect(bench.worker.status().state).toBe('running');
    await bench.consumer.deliver(batchOf(2, 0, 0));
    expect(await bench.happened()).toContain('commit 2:1');
  });
});

describe('stop', () => {
  test('finishes and commits the turn in hand, then leaves', async () => {
    const bench = await Bench.running([0, 1]);
    const release = bench.journal.hold('insert-a');
    const inHand = bench.consumer.deliver(batchOf(0, 0, 4));
    await settled();
    const waiting = bench.consumer.deliver(batchOf(1, 0, 4));
    bench.worker.stop();
    expect(bench.worker.status().state).toBe('draining');
    // Let go at once, and not worked on.
    await waiting;
    release();
    await inHand;
    await bench.run;
    const happened = await bench.happened();
    expect(happened.slice(-3)).toEqual(['commit 0:5', 'leave', 'left']);
    expect(happened.join()).not.toContain('1@');
    expect(bench.worker.status().state).toBe('stopped');
  });

  test('takes nothing that comes later', async () => {
    const bench = await Bench.running([0]);
    bench.worker.stop();
    await bench.consumer.deliver(batchOf(0, 0, 4));
    await bench.run;
    expect(await bench.happened()).toEqual(['leave', 'left']);
  });

  test('ends a worker that is paused, or idle, or was stopped before', async () => {
    const paused = await Bench.running([0]);
    paused.worker.pause();
    const waiting = paused.consumer.deliver(batchOf(0, 0, 0));
    paused.worker.stop();
    paused.worker.stop();
    await Promise.all([paused.run, waiting]);
    expect(await paused.happened()).toEqual(['leave', 'left']);
    const idle = await Bench.running([]);
    idle.worker.stop();
    await idle.run;
    idle.worker.stop();
    expect(idle.worker.status().state).toBe('stopped');
  });

  test('while it recovers is not undone by the end of the recovery', async () => {
    const bench = new Bench();
    const release = bench.journal.hold('recover');
    const started = bench.start(0);
    await settled();
    bench.worker.stop();
    release();
    await started;
    await bench.run;
    expect(bench.worker.status().state).toBe('stopped');
  });

  test('runs the commands that came before, and refuses those that come later', async () => {
    const bench = await Bench.running([0]);
    const before = bench.worker.betweenTurns(async () => 'done');
    bench.worker.stop();
    await expect(before).resolves.toBe('done');
    await expect(bench.worker.betweenTurns(async () => 'done')).rejects.toThrow('stop');
    await bench.run;
    await expect(bench.worker.betweenTurns(async () => 'done')).rejects.toThrow('stop');
  });
});

describe('betweenTurns', () => {
  test('runs where no batch is in the hands of the stage, before the next turn', async () => {
    const bench = await Bench.running([0, 1]);
    const release = bench.journal.hold('insert-a');
    const first = bench.consumer.deliver(batchOf(0, 0, 0));
    await settled();
    const command = bench.worker.betweenTurns(async () => bench.journal.step('task'));
    const second = bench.consumer.deliver(batchOf(1, 0, 0));
    expect(await bench.happened()).not.toContain('task');
    release();
    await Promise.all([first, command, second]);
    const order = (await bench.happened()).filter((entry) => /commit|task|process/.test(entry));
    expect(order).toEqual(['commit 0:1', 'task', 'process 1@0-0', 'commit 1:1']);
  });

  test('keeps the next turn waiting until the task is done', async () => {
    const bench = await Bench.running([0]);
    const release = bench.journal.hold('task');
    const command = bench.worker.betweenTurns(async () => bench.journal.step('task'));
    const delivered = bench.consumer.deliver(batchOf(0, 0, 0));
    expect(await bench.happened()).toEqual(['task']);
    release();
    await Promise.all([command, delivered]);
  });

  test('runs while the worker is paused or idle, in the order of the calls, and gives the result', async () => {
    const bench = await Bench.running([0]);
    bench.worker.pause();
    const results = await Promise.all([1, 2, 3].map(async (value) => bench.worker.betweenTurns(async () => value * 2)));
    expect(results).toEqual([2, 4, 6]);
  });

  test('tells the caller of a failure, and the worker goes on', async () => {
    const bench = await Bench.running([0]);
    const command = bench.worker.betweenTurns(async () => Promise.reject(new Error('no file')));
    await expect(command).rejects.toThrow('no file');
    await bench.consumer.deliver(batchOf(0, 0, 0));
    expect(bench.worker.status().state).toBe('running');
  });
});

describe('turns', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  async function paced(maxBatchBytes = 1000): Promise<Bench> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 });
    const bench = new Bench({ minTurnMs: 100, maxBatchBytes }, Date.now);
    await bench.start(0, 1);
    vi.setSystemTime(1000);
    await bench.consumer.deliver(batchOf(0, 0, 0));
    await bench.happened();
    return bench;
  }

  const turnsOf = async (bench: Bench): Promise<readonly string[]> =>
    (await bench.happened()).filter((entry) => entry.startsWith('process'));

  test('start at least so far apart, and then take all that came meanwhile', async () => {
    const bench = await paced();
    void bench.consumer.deliver(batchOf(0, 1, 1));
    await vi.advanceTimersByTimeAsync(99);
    expect(await turnsOf(bench)).toEqual([]);
    void bench.consumer.deliver(batchOf(1, 0, 0));
    await vi.advanceTimersByTimeAsync(1);
    expect(await turnsOf(bench)).toEqual(['process 0@1-1 1@0-0']);
    expect(bench.worker.status().lastTurnAt).toBe(1100);
  });

  test('start at once after a pause in the input', async () => {
    const bench = await paced();
    await vi.advanceTimersByTimeAsync(500);
    await bench.consumer.deliver(batchOf(0, 1, 1));
    expect(await turnsOf(bench)).toEqual(['process 0@1-1']);
  });

  test('follow each other at once while one partition is behind, however much fits into a turn', async () => {
    const bench = await paced(200);
    for (let offset = 1; offset <= 5; offset++) {
      await bench.consumer.deliver(batchOf(0, offset, offset, 150));
      expect(await turnsOf(bench)).toEqual([`process 0@${offset}-${offset}`]);
    }
  });

  test('start earlier when enough bytes have come, and wait again afterwards', async () => {
    const bench = await paced(200);
    void bench.consumer.deliver(batchOf(0, 1, 1, 60));
    expect(await turnsOf(bench)).toEqual([]);
    void bench.consumer.deliver(batchOf(1, 0, 0, 40));
    expect(await turnsOf(bench)).toEqual(['process 0@1-1 1@0-0']);
    void bench.consumer.deliver(batchOf(0, 2, 2, 60));
    expect(await turnsOf(bench)).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await turnsOf(bench)).toEqual(['process 0@2-2']);
  });

  test('do not start once the worker is paused, although one was due', async () => {
    const bench = await paced();
    const delivered = bench.consumer.deliver(batchOf(0, 1, 1));
    await vi.advanceTimersByTimeAsync(50);
    bench.worker.pause();
    await vi.advanceTimersByTimeAsync(500);
    expect(await turnsOf(bench)).toEqual([]);
    bench.worker.resume();
    await delivered;
    expect(await turnsOf(bench)).toEqual(['process 0@1-1']);
  });

  test('do not keep a stop waiting', async () => {
    const bench = await paced();
    void bench.consumer.deliver(batchOf(0, 1, 1));
    await settled();
    bench.worker.stop();
    await bench.run;
    expect(await turnsOf(bench)).toEqual([]);
  });
});
