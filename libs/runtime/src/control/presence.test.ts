import { EmbeddedSignal, presenceSubject } from '@tillstream/signal';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Bench } from '../worker/testing/bench.ts';
import { batchOf } from '../worker/testing/fakes.ts';
import { announce } from './announcer.ts';
import type { Presence } from './presence.ts';
import { Roster } from './roster.ts';

const SERVICE = 'stage-under-test';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A running worker that announces itself, and a roster that listens. */
async function setUp() {
  const signal = new EmbeddedSignal();
  const clock = { now: 1_000_000 };
  const roster = new Roster({ signal, pipeline: 'test', now: () => clock.now });
  const bench = await Bench.running([0, 3]);
  const identity = { pipeline: 'test', instance: 'pod.1', version: '1.2.3', everyMs: 5000, now: () => 77 };
  const stop = announce({ ...identity, worker: bench.worker, signal });
  await nextTurn();
  return { signal, clock, roster, bench, stop };
}

const presenceOf = (fields: Partial<Presence> = {}): Presence => ({
  service: SERVICE,
  instance: 'pod.1',
  version: '1',
  startedAt: 100,
  at: 100,
  everyMs: 5000,
  state: 'running',
  partitions: [],
  turns: 0,
  lastTurnAt: 0,
  busyMs: 0,
  isTurning: false,
  ...fields,
});

const statesOf = (roster: Roster): readonly string[] =>
  roster.members().map(({ instance, state }) => `${instance} ${state}`);

describe('a worker', () => {
  test('says at once who it is and what it does', async () => {
    const { roster, bench } = await setUp();
    await bench.consumer.deliver(batchOf(3, 0, 4));
    vi.advanceTimersByTime(5000);
    await nextTurn();
    expect(roster.members()).toEqual([
      {
        service: SERVICE,
        instance: 'pod.1',
        version: '1.2.3',
        startedAt: 77,
        at: 77,
        everyMs: 5000,
        state: 'running',
        partitions: [
          { topic: 'input', partition: 0 },
          { topic: 'input', partition: 3, nextOffset: 5 },
        ],
        turns: 1,
        lastTurnAt: 0,
        isTurning: false,
        busyMs: 0,
      },
    ]);
  });

  test('tells every change, and its end', async () => {
    const { roster, bench } = await setUp();
    bench.worker.pause();
    await nextTurn();
    expect(statesOf(roster)).toEqual(['pod.1 paused']);
    bench.worker.stop();
    await bench.run;
    await nextTurn();
    expect(statesOf(roster)).toEqual([]);
    // And nothing after it.
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that has failed is seen until its time is over', async () => {
    const { roster, bench, clock } = await setUp();
    bench.journal.fail('insert-a', new Error('disk full'));
    await expect(bench.consumer.deliver(batchOf(0, 0, 0))).rejects.toThrow('disk full');
    await nextTurn();
    expect(vi.getTimerCount()).toBe(0);
    expect(statesOf(roster)).toEqual(['pod.1 failed']);
    clock.now += 15_001;
    expect(statesOf(roster)).toEqual([]);
  });

  test('that falls silent is taken for gone after three announcements, and is back with the next', async () => {
    const { roster, clock } = await setUp();
    clock.now += 15_000;
    expect(statesOf(roster)).toEqual(['pod.1 running']);
    clock.now += 1;
    expect(statesOf(roster)).toEqual([]);
    vi.advanceTimersByTime(5000);
    await nextTurn();
    expect(statesOf(roster)).toEqual(['pod.1 running']);
  });

  test('stops telling when it is told to', async () => {
    const { bench, stop, signal } = await setUp();
    stop();
    const heard: unknown[] = [];
    signal.subscribe(presenceSubject('test', SERVICE, 'pod.1'), () => heard.push('heard'));
    bench.worker.pause();
    vi.advanceTimersByTime(60_000);
    await nextTurn();
    expect(heard).toEqual([]);
  });
});

describe('a roster', () => {
  function rosterAlone() {
    const signal = new EmbeddedSignal();
    const clock = { now: 0 };
    const roster = new Roster({ signal, pipeline: 'test', now: () => clock.now });
    const tell = async (presence: unknown, subject = presenceSubject('test', SERVICE, 'pod.1')): Promise<void> => {
      const text = typeof presence === 'string' ? presence : JSON.stringify(presence);
      signal.publish(subject, Buffer.from(text));
      await nextTurn();
    };
    return { signal, clock, roster, tell };
  }

  test('is sorted', async () => {
    const { roster, tell } = rosterAlone();
    for (const [service, instance] of [
      ['b', '1'],
      ['a', '2'],
      ['a', '1'],
    ] as const) {
      await tell(presenceOf({ service, instance }), presenceSubject('test', service, instance));
    }
    expect(roster.members().map(({ service, instance }) => service + instance)).toEqual(['a1', 'a2', 'b1']);
  });

  test('takes the later of two processes of one name, whoever speaks last', async () => {
    const { roster, tell } = rosterAlone();
    await tell(presenceOf({ startedAt: 200, state: 'starting' }));
    await tell(presenceOf({ startedAt: 100, state: 'draining' }));
    await tell(presenceOf({ startedAt: 100, state: 'stopped' }));
    expect(statesOf(roster)).toEqual(['pod.1 starting']);
    await tell(presenceOf({ startedAt: 200, state: 'stopped' }));
    expect(statesOf(roster)).toEqual([]);
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['another shape', '{"service":"stage-under-test"}'],
    ['an unknown state', presenceOf({ state: 'sleeping' as 'running' })],
    ['a beat that never comes', presenceOf({ everyMs: 1e15 })],
    ['the name of another', presenceOf({ instance: 'pod.2' })],
    ['another service', presenceOf({ service: 'gold-aggregator' })],
    ['no name that can be', presenceOf({ instance: '\uD800' })],
    ['too much', presenceOf({ version: 'x'.repeat(300_000) })],
  ])('ignores %s', async (_, presence) => {
    const { roster, tell } = rosterAlone();
    await tell(presence);
    expect(roster.members()).toEqual([]);
    expect(roster.ignored).toBe(1);
  });

  test('is not filled by whoever makes up names', async () => {
    const { roster, signal, clock } = rosterAlone();
    const crowd = async (prefix: string): Promise<void> => {
      for (let index = 0; index < 10_001; index++) {
        const presence = presenceOf({ instance: `${prefix}${index}` });
        signal.publish(presenceSubject('test', SERVICE, presence.instance), Buffer.from(JSON.stringify(presence)));
      }
      await nextTurn();
    };
    await crowd('a');
    expect(roster.members()).toHaveLength(10_000);
    clock.now += 15_001;
    await crowd('b');
    expect(roster.members().filter(({ instance }) => instance.startsWith('b'))).toHaveLength(10_000);
  });

  test('hears nothing after its close', async () => {
    const { roster, tell } = rosterAlone();
    await tell(presenceOf());
    roster.close();
    await tell(presenceOf());
    expect(roster.members()).toEqual([]);
  });
});
