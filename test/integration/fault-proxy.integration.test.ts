import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';

/** Answers each request with it, in capitals; remembers what it was asked. */
let target: Server;
let asked: string[];
let proxy: FaultProxy;
let sockets: Socket[];

beforeEach(async () => {
  asked = [];
  sockets = [];
  target = createServer((socket) => {
    socket.on('data', (bytes) => {
      asked.push(bytes.toString());
      socket.write(bytes.toString().toUpperCase());
    });
    socket.on('error', () => undefined);
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  proxy = await startFaultProxy((target.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await proxy[Symbol.asyncDispose]();
  target.close();
});

async function connect(): Promise<Socket> {
  const socket = createConnection(proxy.port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** What comes back until so many bytes are there, or the connection ends or fails. */
async function ask(socket: Socket, request: string, expected = request.length): Promise<string> {
  let answer = '';
  socket.write(request);
  try {
    while (answer.length < expected) {
      const [event, bytes] = await Promise.race([
        once(socket, 'data').then(([data]) => ['data', data as Buffer] as const),
        once(socket, 'end').then(() => ['end', undefined] as const),
      ]);
      if (event === 'end') return `${answer}|end`;
      answer += bytes.toString();
    }
    return answer;
  } catch (error) {
    return `${answer}|${(error as NodeJS.ErrnoException).code}`;
  }
}

describe('the fault proxy', () => {
  it('passes bytes on', async () => {
    const socket = await connect();
    expect(await ask(socket, 'abc')).toBe('ABC');
    expect(await ask(socket, 'def')).toBe('DEF');
  });

  it.each([
    ['cut', '|end'],
    ['reset', '|ECONNRESET'],
  ] as const)('%s: the request arrives, the answer does not, and the next connection is as ever', async (kind, end) => {
    await proxy.set({ kind, afterBytes: 0, times: 1 });
    expect(await ask(await connect(), 'abc')).toBe(end);
    expect(asked).toEqual(['abc']);
    expect(proxy.hits).toBe(1);
    expect(await ask(await connect(), 'def')).toBe('DEF');
  });

  it('cuts in the middle of an answer, on a connection that was there before', async () => {
    const socket = await connect();
    expect(await ask(socket, 'abc')).toBe('ABC');
    await proxy.set({ kind: 'cut', afterBytes: 5 });
    expect(await ask(socket, 'abc')).toBe('ABC');
    expect(await ask(socket, 'def')).toBe('DE|end');
  });

  it('refuses, and takes connections again on the same port', async () => {
    const before = await connect();
    const [end] = await Promise.allSettled([once(before, 'close'), proxy.set({ kind: 'refuse' })]);
    expect(end).toMatchObject({ reason: { code: 'ECONNRESET' } });
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.set({ kind: 'none' });
    expect(await ask(await connect(), 'abc')).toBe('ABC');
  });

  it('delays', async () => {
    await proxy.set({ kind: 'delay', milliseconds: 50 });
    const start = performance.now();
    expect(await ask(await connect(), 'abc')).toBe('ABC');
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
  });

  it('leaves connections half-open for good, others not', async () => {
    const socket = await connect();
    await proxy.set({ kind: 'hang', times: 1 });
    socket.write('abc');
    await expect.poll(() => proxy.hits).toBe(1);
    expect(await ask(await connect(), 'def')).toBe('DEF');
    await proxy.set({ kind: 'none' });
    const other = await connect();
    socket.write('ghi');
    expect(await ask(other, 'jkl')).toBe('JKL');
    expect(asked).toEqual(['def', 'jkl']);
    expect(socket.readyState).toBe('open');
  });
});
