import { commandSubject, EmbeddedSignal } from '@tillstream/signal';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../telemetry/logger.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { Bench } from '../worker/testing/bench.ts';
import { command, type Command, type CommandAnswer } from './command.ts';
import { controlWorker } from './control-worker.ts';
import { sendCommand, sendCommandToAll } from './send-command.ts';

const TO = { pipeline: 'test', service: 'stage-under-test' };
const FROM = { service: 'stage-under-test', instance: 'pod-1' };

const COMMANDS: readonly Command[] = [
  command('add', z.object({ a: z.number(), b: z.number().default(1) }), async ({ a, b }) => a + b),
  command('nothing', z.object({}), async () => undefined),
  command('fail', z.object({}), async () => Promise.reject(new Error('the disk\n is full'))),
  command('throw', z.object({}), () => {
    throw new Error('at once');
  }),
  command('huge', z.object({}), async () => 'x'.repeat(300_000)),
  command('unspeakable', z.object({}), async () => 1n),
];

async function setUp(instances: readonly string[] = ['pod-1'], commands = COMMANDS) {
  const signal = new EmbeddedSignal();
  const telemetry = new Telemetry('test');
  const benches: Bench[] = [];
  const stops: (() => void)[] = [];
  for (const instance of instances) {
    const bench = await Bench.running([0]);
    benches.push(bench);
    const identity = { pipeline: 'test', instance, version: '1' };
    const shared = { signal, commands, telemetry, logger: silentLogger(), now: () => 0 };
    stops.push(controlWorker({ ...identity, ...shared, worker: bench.worker }));
  }
  const send = async (name: string, input?: unknown, instance = 'pod-1'): Promise<CommandAnswer> =>
    sendCommand(signal, { ...TO, instance }, { command: name, input, timeoutMs: 1000 });
  const sendRaw = async (payload: Uint8Array | string): Promise<unknown> => {
    const answer = await signal.request(commandSubject(TO.pipeline, TO.service), Buffer.from(payload), 1000);
    return JSON.parse(Buffer.from(answer).toString());
  };
  return { signal, telemetry, worker: benches[0]!.worker, benches, stops, send, sendRaw };
}

describe('every worker', () => {
  test('is paused, resumed and drained, and tells its status', async () => {
    const { benches, send } = await setUp();
    const stateAfter = async (name: string): Promise<unknown> => {
      const answer = await send(name);
      return answer.ok ? (answer.result as { state: string }).state : answer.error;
    };
    expect(await stateAfter('status')).toBe('running');
    expect(await stateAfter('pause')).toBe('paused');
    expect(await stateAfter('pause')).toBe('paused');
    expect(await stateAfter('resume')).toBe('running');
    expect(await stateAfter('drain')).toBe('draining');
    await benches[0]!.run;
    expect(await stateAfter('status')).toBe('stopped');
    expect(await stateAfter('drain')).toBe('stopped');
  });

  test('is one of several: the command reaches the one that is meant, or all', async () => {
    const { signal, benches, send } = await setUp(['pod-1', 'pod-2', 'pod.3']);
    await send('pause', undefined, 'pod.3');
    expect(benches.map(({ worker }) => worker.status().state)).toEqual(['running', 'running', 'paused']);
    const answers = await sendCommandToAll(signal, TO, { command: 'pause', timeoutMs: 1000, count: 3 });
    expect(answers.map(({ instance, ok }) => `${instance} ${ok}`).sort()).toEqual([
      'pod-1 true',
      'pod-2 true',
      'pod.3 true',
    ]);
    expect(benches.map(({ worker }) => worker.status().state)).toEqual(['paused', 'paused', 'paused']);
    await expect(send('pause', undefined, 'pod-4')).rejects.toThrow('nobody answers');
    await expect(send('pause', undefined, '>')).rejects.toThrow(
      'nobody answers tillstream.test.command.stage-under-test.%3E',
    );
  });

  test('answers nothing any more once it is no longer controlled', async () => {
    const { send, stops } = await setUp();
    for (const stop of stops) stop();
    await expect(send('status')).rejects.toThrow('nobody answers');
  });
});

describe("a service's own command", () => {
  test('gets its input checked, with defaults, and answers', async () => {
    const { send, telemetry } = await setUp();
    expect(await send('add', { a: 2, b: 3 })).toEqual({ ok: true, ...FROM, result: 5 });
    expect(await send('add', { a: 2, more: true })).toEqual({ ok: true, ...FROM, result: 3 });
    expect(await send('nothing')).toMatchObject({ ok: true, ...FROM });
    expect(telemetry.total('commands_done', '')).toBe(3);
  });

  test.each([
    ['add', { a: '2' }, /^the input of add cannot be used: a .*expected number/],
    ['add', undefined, /^the input of add cannot be used: a /],
    ['add', null, /^the input of add cannot be used: /],
    ['fail', {}, /^the disk is full$/],
    ['throw', {}, /^at once$/],
    ['huge', {}, /^the answer would have 300\d{3} bytes, more than the 262144 that are sent$/],
    ['unspeakable', {}, /BigInt/],
    ['fly', {}, /^"fly" is no command of stage-under-test: it has add, drain, fail, huge, nothing, pause, /],
    ['__proto__', {}, /^"__proto__" is no command/],
    ['constructor', {}, /^"constructor" is no command/],
  ])('%s with %j is answered with an error', async (name, input, error) => {
    const { send, worker, telemetry } = await setUp();
    const answer = await send(name, input);
    expect(answer).toMatchObject({ ok: false, ...FROM });
    expect(answer.ok ? '' : answer.error).toMatch(error);
    expect(worker.status().state).toBe('running');
    expect(telemetry.total('commands_failed', '')).toBe(1);
  });

  test.each([
    ['', 'the message is no JSON'],
    ['{', 'the message is no JSON'],
    ['\u0000', 'the message is no JSON'],
    ['[]', 'the message cannot be used: '],
    ['null', 'the message cannot be used: '],
    ['{"command":7}', 'the message cannot be used: command '],
    [`{"command":"${'x'.repeat(101)}"}`, 'the message cannot be used: command '],
    [
      `{"command":"status","input":"${'x'.repeat(300_000)}"}`,
      'the message has 300031 bytes, more than the 262144 that are taken',
    ],
    ['['.repeat(200_000), 'the message is no JSON'],
  ])('a message %.30j is answered with an error', async (payload, error) => {
    const { sendRaw } = await setUp();
    const answer = (await sendRaw(payload)) as CommandAnswer;
    expect(answer).toMatchObject({ ok: false, ...FROM });
    expect(answer.ok ? '' : answer.error).toContain(error);
  });

  test('that takes long does not hold up others, until too many are in hand', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { send } = await setUp(['pod-1'], [command('wait', z.object({}), async () => held)]);
    const waiting = Array.from({ length: 15 }, async () => send('wait'));
    expect((await send('status')).ok).toBe(true);
    waiting.push(send('wait'));
    expect(await send('status')).toMatchObject({
      ok: false,
      error: '16 commands are in hand already: try again later',
    });
    release();
    expect((await Promise.all(waiting)).every(({ ok }) => ok)).toBe(true);
    expect((await send('status')).ok).toBe(true);
  });
});

test('an answer that is none is an error of who asked', async () => {
  const signal = new EmbeddedSignal();
  signal.reply(commandSubject('test', 'other'), async () => Buffer.from('"fine"'));
  signal.reply(commandSubject('test', 'other'), async () =>
    Buffer.from('{"ok":true,"service":"other","instance":"1"}'),
  );
  const to = { pipeline: 'test', service: 'other' };
  await expect(sendCommand(signal, to, { command: 'status', timeoutMs: 1000 })).rejects.toThrow(
    'the message cannot be used',
  );
  expect(await sendCommandToAll(signal, to, { command: 'status', timeoutMs: 1000 })).toEqual([
    { ok: false, service: 'other', instance: '(unknown)', error: expect.stringContaining('cannot be used') as string },
    { ok: true, service: 'other', instance: '1' },
  ]);
});
