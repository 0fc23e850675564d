import { silentLogger } from '@tillstream/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { PODS } from './kinds.ts';
import type { KubernetesObject } from './object.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { anObject, ScriptedServer } from './testing/scripted-server.ts';

const TIMINGS = { silenceMs: 60_000, relistMs: 60_000, backoff: { firstMs: 5, mostMs: 20 } };

async function setUp(options: Partial<ReflectorOptions<KubernetesObject>> = {}) {
  const server = await ScriptedServer.start();
  const changes: string[] = [];
  const restarts: string[] = [];
  const reflector = new Reflector<KubernetesObject>({
    api: server.api(),
    selection: { kind: PODS, namespace: undefined, labelSelector: undefined },
    read: (object) => object,
    onChange: (now, before) => {
      const change = now === undefined ? 'gone' : before === undefined ? 'came' : 'changed';
      changes.push(`${(now ?? before)!.metadata.name} ${change}`);
    },
    onRestart: (reason) => restarts.push(reason),
    logger: silentLogger(),
    timings: TIMINGS,
    ...options,
  });
  let running: Promise<void> | undefined;
  onTestFinished(async () => {
    reflector.stop();
    await server[Symbol.asyncDispose]();
    await running;
  });
  const run = (): void => {
    running = reflector.run();
  };
  return { server, changes, restarts, reflector, run };
}

const until = async (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const event = (type: string, object: object) => ({ type, object });

test('lists, then follows what happens', async () => {
  const { server, changes, reflector, run } = await setUp();
  server.objects = [anObject('a', 1), anObject('b', 1)];
  server.watches.push({
    lines: [event('MODIFIED', anObject('a', 2)), event('DELETED', anObject('b', 3)), event('ADDED', anObject('c', 4))],
    ending: 'hang',
  });
  run();
  await until(() => expect(changes).toEqual(['a came', 'b came', 'a changed', 'b gone', 'c came']));
  expect(reflector.all().map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
});

test.each([
  ['a server that falls silent', { lines: [], ending: 'hang' }],
  ['a reset connection', { lines: [], ending: 'reset' }],
  ['a server that ends the watch at once', { lines: [], ending: 'end' }],
] as const)('goes on after %s where it was', async (_, script) => {
  // Long enough for a busy machine to answer within: who is given up before it has spoken is asked again, too.
  const { server, changes, run } = await setUp({ timings: { ...TIMINGS, silenceMs: 1500 } });
  server.objects = [anObject('a', 7)];
  server.version = 7;
  server.watches.push({ lines: [event('BOOKMARK', anObject('', 9))], ending: 'end' }, script, {
    lines: [event('MODIFIED', anObject('a', 10))],
    ending: 'hang',
  });
  run();
  await until(() => expect(changes).toEqual(['a came', 'a changed']));
  expect(server.count('list')).toBe(1);
  const versions = server.requests
    .slice(1, 4)
    .map((url) => new URL(url, 'http://x').searchParams.get('resourceVersion'));
  expect(versions).toEqual(['7', '9', '9']);
});

test.each([
  [
    'as an answer',
    (server: ScriptedServer) => {
      server.failures.push(410);
      server.endWatches();
    },
  ],
  ['within the stream', (server: ScriptedServer) => server.say(event('ERROR', { code: 410, reason: 'Expired' }))],
])('a version that is forgotten, said %s, makes it list again, and what it missed is noticed', async (_, tell) => {
  const { server, changes, restarts, run } = await setUp();
  server.objects = [anObject('a', 1), anObject('b', 1)];
  run();
  await until(() => expect(server.count('watch')).toBe(1));
  server.objects = [anObject('b', 5), anObject('c', 5)];
  tell(server);
  await until(() => expect(changes.slice(2).sort()).toEqual(['a gone', 'b changed', 'c came']));
  expect(restarts).toEqual(['gone']);
});

test('errors of the server are borne, and a first list that fails too', async () => {
  const { server, changes, run } = await setUp();
  server.objects = [anObject('a', 1)];
  server.failures.push(500, 503, 429, 404);
  run();
  await until(() => expect(changes).toEqual(['a came']));
});

test('a server that ends watches at once is not asked in a loop', async () => {
  const { server, run } = await setUp({ timings: { ...TIMINGS, backoff: { firstMs: 50, mostMs: 10_000 } } });
  server.watches.push(...Array.from({ length: 1000 }, () => ({ lines: [], ending: 'end' }) as const));
  run();
  await until(() => expect(server.count('watch')).toBeGreaterThanOrEqual(4));
  const asked = server.count('watch');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server.count('watch') - asked).toBeLessThanOrEqual(1);
});

test('a handler that throws, and an object that cannot be read, do not end it', async () => {
  const seen: string[] = [];
  const { server, run } = await setUp({
    read: (object) => {
      if (object.metadata.name === 'unreadable') throw new Error('of another version');
      return object;
    },
    onChange: (now) => {
      seen.push(now!.metadata.name);
      throw new Error('a mistake');
    },
  });
  server.objects = [anObject('a', 1), anObject('unreadable', 1), anObject('b', 1)];
  server.watches.push({ lines: [event('ADDED', anObject('c', 2))], ending: 'hang' });
  run();
  await until(() => expect(seen).toEqual(['a', 'b', 'c']));
});

test('everything is listed again now and then', async () => {
  const { server, changes, run } = await setUp({ timings: { ...TIMINGS, relistMs: 0 } });
  server.objects = [anObject('a', 1)];
  run();
  await until(() => expect(server.count('watch')).toBe(1));
  server.objects = [];
  server.endWatches();
  await until(() => expect(changes).toEqual(['a came', 'a gone']));
});

test('stops at once, also while it waits to try again', async () => {
  const { server, reflector, run } = await setUp({
    timings: { ...TIMINGS, backoff: { firstMs: 60_000, mostMs: 60_000 } },
  });
  server.failures.push(500);
  run();
  await until(() => expect(server.requests).toHaveLength(1));
  reflector.stop();
  await until(() => expect(server.requests).toHaveLength(1));
});
