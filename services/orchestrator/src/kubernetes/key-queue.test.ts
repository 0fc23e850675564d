import { expect, test, vi } from 'vitest';
import { KeyQueue, type KeyQueueOptions } from './key-queue.ts';

const until = async (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 2 });

function setUp(handle: KeyQueueOptions['handle'], options: Partial<KeyQueueOptions> = {}) {
  const errors: string[] = [];
  const queue = new KeyQueue({
    handle,
    onError: (key, error) => errors.push(`${key} ${(error as Error).message}`),
    concurrency: 2,
    backoff: { firstMs: 1, mostMs: 4 },
    ...options,
  });
  const running = queue.run();
  const stop = async (): Promise<void> => {
    queue.stop();
    await running;
  };
  return { queue, errors, stop };
}

test('a key that is added again while it waits is handled once, and one that is in hand once more', async () => {
  const handled: string[] = [];
  const gate = Promise.withResolvers<void>();
  const { queue, stop } = setUp(
    async (key) => {
      handled.push(key);
      if (handled.length === 1) await gate.promise;
      return Infinity;
    },
    { concurrency: 1 },
  );
  for (const key of ['a', 'b', 'b', 'a', 'b']) queue.add(key);
  await until(() => expect(handled).toEqual(['a']));
  expect(queue.depth).toBe(2);
  gate.resolve();
  await until(() => expect(queue.depth).toBe(0));
  await stop();
  expect(handled).toEqual(['a', 'b', 'a']);
});

test('never handles one key twice at a time, and no more than so many', async () => {
  const inHand = new Map<string, number>();
  let most = 0;
  let done = 0;
  const { queue, stop } = setUp(async (key) => {
    inHand.set(key, (inHand.get(key) ?? 0) + 1);
    expect(inHand.get(key)).toBe(1);
    most = Math.max(
      most,
      [...inHand.values()].reduce((sum, count) => sum + count, 0),
    );
    await new Promise(setImmediate);
    inHand.set(key, 0);
    done++;
    return Infinity;
  });
  for (let round = 0; round < 100; round++) {
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await new Promise(setImmediate);
  }
  await until(() => expect(queue.depth).toBe(0));
  await stop();
  expect(most).toBe(2);
  expect(done).toBeGreaterThan(4);
});

test('what failed comes again, and what said so too', async () => {
  const handled: string[] = [];
  const { queue, errors, stop } = setUp(async (key) => {
    handled.push(key);
    if (handled.length < 4) throw new Error('not yet');
    return handled.length < 6 ? 1 : Infinity;
  });
  queue.add('a');
  await until(() => expect(handled).toHaveLength(6));
  await stop();
  expect(errors).toEqual(['a not yet', 'a not yet', 'a not yet']);
});

test('a crowd within the time is handled once', async () => {
  const handled: string[] = [];
  const { queue, stop } = setUp(async (key) => {
    handled.push(key);
    return Infinity;
  });
  for (let count = 0; count < 50; count++) queue.addSoon('a', 5);
  await until(() => expect(handled).toEqual(['a']));
  await stop();
});

test('stopping waits for what is in hand, and begins nothing more', async () => {
  const handled: string[] = [];
  const gate = Promise.withResolvers<void>();
  const { queue, stop } = setUp(
    async (key) => {
      handled.push(key);
      await gate.promise;
      return 0;
    },
    { concurrency: 1 },
  );
  queue.add('a');
  queue.add('b');
  const stopped = stop();
  gate.resolve();
  await stopped;
  expect(handled).toEqual(['a']);
});
