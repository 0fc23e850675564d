import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EmbeddedSignal } from './embedded-signal.ts';

const PAYLOAD = Buffer.from('payload');

/** Signals, and what listeners have heard by their names. */
function setUp() {
  const signal = new EmbeddedSignal();
  const heard: string[] = [];
  const listen = (subject: string, name = subject): (() => void) =>
    signal.subscribe(subject, (payload, on) => heard.push(`${name} < ${on} ${Buffer.from(payload).toString()}`));
  return { signal, heard, listen };
}

describe('publishing', () => {
  test('reaches all listeners of the subject, in a later turn of the event loop', async () => {
    const { signal, heard, listen } = setUp();
    listen('stock.19', 'one');
    listen('stock.19', 'two');
    listen('stock.20', 'other');
    signal.publish('stock.19', PAYLOAD);
    expect(heard).toEqual([]);
    await nextTurn();
    expect(heard).toEqual(['one < stock.19 payload', 'two < stock.19 payload']);
  });

  test('keeps its order', async () => {
    const { signal, heard, listen } = setUp();
    listen('a.>');
    for (const word of ['x', 'y', 'z']) signal.publish(`a.${word}`, PAYLOAD);
    await nextTurn();
    expect(heard).toEqual(['a.> < a.x payload', 'a.> < a.y payload', 'a.> < a.z payload']);
  });

  test.each([
    ['a.b.c', ['a.b.c', 'a.b.>', 'a.>']],
    ['a.b', ['a.>']],
    ['a', []],
    ['a.bc', ['a.>']],
    ['ab.c', []],
  ])('on %s reaches the subject itself and what ends in > above it', async (subject, expected) => {
    const { signal, heard, listen } = setUp();
    for (const pattern of ['a.b.c', 'a.b.>', 'a.>', 'a.b.c.>', 'b.>', 'a.b.c.d']) listen(pattern);
    expect(signal.isHeard(subject)).toBe(expected.length > 0);
    signal.publish(subject, PAYLOAD);
    await nextTurn();
    expect(heard.map((entry) => entry.split(' <')[0])).toEqual(expected);
  });

  test('to nobody is fine', async () => {
    const { signal, heard } = setUp();
    signal.publish('stock', PAYLOAD);
    await nextTurn();
    expect(heard).toEqual([]);
    expect(signal.isHeard('stock')).toBe(false);
  });
});

describe('unsubscribing', () => {
  test('ends what is heard, also of what is on its way, and touches no other listener', async () => {
    const { signal, heard, listen } = setUp();
    const stop = listen('stock', 'one');
    listen('stock', 'two');
    signal.publish('stock', PAYLOAD);
    stop();
    signal.publish('stock', PAYLOAD);
    await nextTurn();
    expect(heard).toEqual(['two < stock payload', 'two < stock payload']);
  });

  test('of the last listener makes the subject unheard', () => {
    const { signal, listen } = setUp();
    const stops = [listen('stock.>'), listen('stock.>')];
    stops[0]!();
    expect(signal.isHeard('stock.19')).toBe(true);
    stops[1]!();
    expect(signal.isHeard('stock.19')).toBe(false);
  });

  test('twice does not take away who has subscribed since', async () => {
    const { signal, heard, listen } = setUp();
    const stop = listen('stock', 'first');
    stop();
    listen('stock', 'second');
    stop();
    signal.publish('stock', PAYLOAD);
    await nextTurn();
    expect(heard).toEqual(['second < stock payload']);
  });

  test('ends one of two subscriptions of one listener', async () => {
    const signal = new EmbeddedSignal();
    const listener = vi.fn<() => void>();
    const stop = signal.subscribe('stock', listener);
    signal.subscribe('stock', listener);
    signal.publish('stock', PAYLOAD);
    await nextTurn();
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
    signal.publish('stock', PAYLOAD);
    await nextTurn();
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('requests', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are answered by who replies to the subject', async () => {
    const signal = new EmbeddedSignal();
    signal.reply('command', async (payload) => Buffer.from(`${Buffer.from(payload).toString()}!`));
    expect(Buffer.from(await signal.request('command', PAYLOAD, 1000)).toString()).toBe('payload!');
  });

  test('fail at once when nobody replies, or nobody does any more', async () => {
    const signal = new EmbeddedSignal();
    await expect(signal.request('command', PAYLOAD, 1000)).rejects.toThrow('nobody answers command');
    signal.reply('command', async (payload) => payload)();
    await expect(signal.request('command', PAYLOAD, 1000)).rejects.toThrow('nobody answers command');
  });

  test('fail when the answer takes too long, and leave no timer behind', async () => {
    vi.useFakeTimers();
    const signal = new EmbeddedSignal();
    signal.reply('slow', async () => new Promise(() => undefined));
    signal.reply('fast', async (payload) => payload);
    const slow = signal.request('slow', PAYLOAD, 1000).catch(String);
    await signal.request('fast', PAYLOAD, 1000);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await slow).toBe('Error: no answer on slow within 1000 ms');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('fail as their answer does, also when it throws at once', async () => {
    vi.useFakeTimers();
    const signal = new EmbeddedSignal();
    signal.reply('later', async () => Promise.reject(new Error('not now')));
    signal.reply('at-once', () => {
      throw new Error('never');
    });
    await expect(signal.request('later', PAYLOAD, 1000)).rejects.toThrow('not now');
    await expect(signal.request('at-once', PAYLOAD, 1000)).rejects.toThrow('never');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('take the first answer of several, and stopping one leaves the others', async () => {
    const signal = new EmbeddedSignal();
    const stop = signal.reply('command', async () => Buffer.from('first'));
    signal.reply('command', async () => Buffer.from('second'));
    expect(Buffer.from(await signal.request('command', PAYLOAD, 1000)).toString()).toBe('first');
    stop();
    stop();
    expect(Buffer.from(await signal.request('command', PAYLOAD, 1000)).toString()).toBe('second');
  });
});

describe('requests to all', () => {
  const answersOf = async (signal: EmbeddedSignal, count?: number): Promise<readonly string[]> => {
    const wanted = { timeoutMs: 20, ...(count === undefined ? {} : { count }) };
    return (await signal.requestAll('command', PAYLOAD, wanted)).map((answer) => Buffer.from(answer).toString());
  };

  test('have the answers of all, or of as many as are wanted', async () => {
    const signal = new EmbeddedSignal();
    for (const name of ['a', 'b', 'c']) signal.reply('command', async () => Buffer.from(name));
    expect(await answersOf(signal)).toEqual(['a', 'b', 'c']);
    expect(await answersOf(signal, 2)).toEqual(['a', 'b']);
    expect(await answersOf(signal, 4)).toEqual(['a', 'b', 'c']);
  });

  test('leave out who fails or takes too long', async () => {
    const signal = new EmbeddedSignal();
    signal.reply('command', async () => Promise.reject(new Error('not now')));
    signal.reply('command', async () => new Promise(() => undefined));
    signal.reply('command', async () => Buffer.from('here'));
    expect(await answersOf(signal)).toEqual(['here']);
  });

  test('have no answers where nobody is, at once', async () => {
    const signal = new EmbeddedSignal();
    expect(await signal.requestAll('command', PAYLOAD, { timeoutMs: 60_000 })).toEqual([]);
  });
});

test('after close nothing is heard or answered, not even what is on its way', async () => {
  const { signal, heard, listen } = setUp();
  listen('stock');
  signal.reply('command', async (payload) => payload);
  signal.publish('stock', PAYLOAD);
  await signal.close();
  signal.publish('stock', PAYLOAD);
  await nextTurn();
  expect(heard).toEqual([]);
  expect(signal.isHeard('stock')).toBe(false);
  await expect(signal.request('command', PAYLOAD, 1000)).rejects.toThrow('nobody answers');
});
