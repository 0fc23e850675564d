import { connectNatsSignal, EmbeddedSignal, type NatsSignal, type Signal } from '@tillstream/signal';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { NatsServer } from './support/nats-server.ts';

const PAYLOAD = Buffer.from('payload');
const folder = mkdtempSync(join(tmpdir(), 'tillstream-signal-'));
let server: NatsServer;

beforeAll(async () => {
  server = await NatsServer.prepare(folder);
  await server.start();
});

afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

type Pair = { readonly near: Signal; readonly far: Signal };

/** Two ends of one signal: one process, or two connections. */
const ADAPTERS: Readonly<Record<string, () => Promise<Pair>>> = {
  embedded: async () => {
    const signal = new EmbeddedSignal();
    return { near: signal, far: signal };
  },
  nats: async () => {
    const [near, far] = await Promise.all([connected('near'), connected('far')]);
    return { near, far };
  },
};

async function connected(name: string): Promise<NatsSignal> {
  const signal = await connectNatsSignal({ servers: [server.address], name, reconnectDelayMs: 50 });
  await until(() => signal.isConnected);
  return signal;
}

/** Only bounds a hang. */
async function until(isSo: () => unknown): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 30_000, interval: 5 });
}

/** Until what one end has subscribed to or answers is known to the other. */
async function settled({ near, far }: Pair): Promise<void> {
  for (const [asking, answering] of [
    [near, far],
    [far, near],
  ] as const) {
    const stop = answering.reply('settled', async (payload) => payload);
    await until(async () => asking.request('settled', PAYLOAD, 1000).catch(() => undefined));
    stop();
  }
}

describe.each(Object.keys(ADAPTERS))('the signal port, %s,', (name) => {
  const opened: Signal[] = [];

  async function open(): Promise<Pair> {
    const pair = await ADAPTERS[name]!();
    opened.push(pair.near, pair.far);
    return pair;
  }

  afterAll(async () => {
    await Promise.all(opened.map(async (signal) => signal.close()));
  });

  test('brings what is published to all who listen, in order, with its subject', async () => {
    const { near, far } = await open();
    const heard: string[] = [];
    for (const subject of ['stock.a.>', 'stock.a.19', 'stock.b.19', 'stock.a']) {
      far.subscribe(subject, (payload, on) => heard.push(`${subject} < ${on} ${Buffer.from(payload).toString()}`));
    }
    await settled({ near, far });
    expect(near.isHeard('stock.a.19')).toBe(true);
    near.publish('stock.a.19', Buffer.from('1'));
    near.publish('stock.a.20', Buffer.from('2'));
    near.publish('stock.c', Buffer.from('3'));
    await until(() => heard.length === 3);
    await settled({ near, far });
    expect(heard.sort()).toEqual(['stock.a.19 < stock.a.19 1', 'stock.a.> < stock.a.19 1', 'stock.a.> < stock.a.20 2']);
  });

  test('keeps the order and every byte', async () => {
    const { near, far } = await open();
    const heard: Uint8Array[] = [];
    far.subscribe('bytes', (payload) => heard.push(payload));
    await settled({ near, far });
    const payloads = Array.from({ length: 256 }, (_, byte) => Buffer.alloc(byte, byte));
    for (const payload of payloads) near.publish('bytes', payload);
    await until(() => heard.length === 256);
    expect(heard.map((payload) => Buffer.from(payload))).toEqual(payloads);
  });

  test('tells nothing to who has unsubscribed', async () => {
    const { near, far } = await open();
    const heard: string[] = [];
    const stop = far.subscribe('left', () => heard.push('left'));
    far.subscribe('left', () => heard.push('stays'));
    await settled({ near, far });
    stop();
    stop();
    await settled({ near, far });
    near.publish('left', PAYLOAD);
    await until(() => heard.length > 0);
    expect(heard).toEqual(['stays']);
  });

  test('answers requests, and rejects when the answer fails, takes too long, or nobody is there', async () => {
    const { near, far } = await open();
    far.reply('echo', async (payload) => Buffer.concat([payload, Buffer.from('!')]));
    far.reply('fails', async () => Promise.reject(new Error('not now,\r\n later')));
    far.reply('empty', async () => new Uint8Array());
    far.reply('slow', async () => new Promise(() => undefined));
    far.reply('throws', () => {
      throw new Error('never');
    });
    await settled({ near, far });
    expect(Buffer.from(await near.request('echo', PAYLOAD, 1000)).toString()).toBe('payload!');
    expect(await near.request('empty', PAYLOAD, 1000)).toHaveLength(0);
    await expect(near.request('fails', PAYLOAD, 1000)).rejects.toThrow(/not now,\s+later/);
    await expect(near.request('throws', PAYLOAD, 1000)).rejects.toThrow('never');
    await expect(near.request('slow', PAYLOAD, 50)).rejects.toThrow('no answer on slow within 50 ms');
    await expect(near.request('nobody', PAYLOAD, 5000)).rejects.toThrow('nobody answers nobody');
  });

  test('asks all: everybody within the time, or as many as are wanted', async () => {
    const { near, far } = await open();
    far.reply('all', async () => Buffer.from('far'));
    near.reply('all', async () => Buffer.from('near'));
    near.reply('all', async () => Promise.reject(new Error('not me')));
    await settled({ near, far });
    const ask = async (wanted: { readonly timeoutMs: number; readonly count?: number }): Promise<readonly string[]> => {
      const answers = await near.requestAll('all', PAYLOAD, wanted);
      return answers.map((answer) => Buffer.from(answer).toString()).sort();
    };
    expect(await ask({ timeoutMs: 2000 })).toEqual(['far', 'near']);
    // One that failed has answered too.
    expect(await ask({ timeoutMs: 30_000, count: 3 })).toEqual(['far', 'near']);
    expect(await near.requestAll('nobody', PAYLOAD, { timeoutMs: 200 })).toEqual([]);
  });

  test('stops answering', async () => {
    const { near, far } = await open();
    const stop = far.reply('stops', async () => Buffer.from('first'));
    await settled({ near, far });
    stop();
    await settled({ near, far });
    await expect(near.request('stops', PAYLOAD, 5000)).rejects.toThrow('nobody answers stops');
  });

  test('is silent after its close, and closes twice', async () => {
    const { near, far } = await open();
    const heard: string[] = [];
    far.subscribe('closed', () => heard.push('heard'));
    far.reply('closed', async (payload) => payload);
    await settled({ near, far });
    await far.close();
    await far.close();
    far.publish('closed', PAYLOAD);
    near.publish('closed', PAYLOAD);
    expect(far.isHeard('closed')).toBe(false);
    await expect(near.request('closed', PAYLOAD, 1000)).rejects.toThrow('nobody answers closed');
    await expect(far.request('closed', PAYLOAD, 1000)).rejects.toThrow(/closed/);
    expect(heard).toEqual([]);
  });
});
