import { connectNatsSignal, type NatsOptions, type NatsSignal } from '@tillstream/signal';
import { createTestAuthority, type Certificate } from '@tillstream/stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NatsServer } from './support/nats-server.ts';

const PAYLOAD = Buffer.from('payload');
const PASSWORD = 'correct horse battery staple';
const AUTHORIZED = `authorization { user: gold, password: "${PASSWORD}" }`;

let folder: string;
let server: NatsServer;
let opened: NatsSignal[];
/** What the signals have told, as lines. */
let told: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-outage-'));
  server = await NatsServer.prepare(folder);
  opened = [];
  told = [];
});

afterEach(async () => {
  await Promise.all(opened.map(async (signal) => signal.close()));
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<NatsOptions> = {}): Promise<NatsSignal> {
  const signal = await connectNatsSignal({
    servers: [server.address],
    name: 'outage',
    reconnectDelayMs: 20,
    onEvent: (event) => told.push(`${event.kind}: ${event.kind === 'connected' ? event.server : event.reason}`),
    ...options,
  });
  opened.push(signal);
  return signal;
}

const until = async (condition: () => unknown): Promise<void> => {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 10 });
};
const expectConnected = async (signal: NatsSignal): Promise<void> => {
  await until(() => signal.isConnected);
  expect(signal.isConnected).toBe(true);
};
const away = (reason: string, kind = 'unreachable'): string => `${kind}: NATS at ${server.address} is away: ${reason}`;

/** Publishes until it is heard. */
async function untilHeard(from: NatsSignal, subject: string, heard: readonly unknown[]): Promise<void> {
  const before = heard.length;
  await until(() => {
    from.publish(subject, PAYLOAD);
    return heard.length > before;
  });
}

describe('a server that is away', () => {
  test('at the start stops nobody: news are dropped and counted, requests fail at once, and it is found later', async () => {
    const signal = await open();
    const heard: unknown[] = [];
    signal.subscribe('news', () => heard.push('news'));
    signal.reply('ask', async (payload) => payload);
    signal.publish('news', PAYLOAD);
    expect(signal.isHeard('news')).toBe(false);
    expect(signal.droppedMessages).toBe(1);
    await expect(signal.request('ask', PAYLOAD, 60_000)).rejects.toThrow('no answer on ask: not connected yet');
    await until(() => told.length > 20);
    expect(new Set(told)).toEqual(new Set([away('nobody listens there')]));
    await expect(signal.request('ask', PAYLOAD, 60_000)).rejects.toThrow(
      `no answer on ask: NATS at ${server.address} is away: nobody listens there`,
    );
    await expect(signal.requestAll('ask', PAYLOAD, { timeoutMs: 60_000 })).rejects.toThrow('nobody listens there');

    await server.start();
    await expectConnected(signal);
    expect(signal.isHeard('news')).toBe(true);
    await untilHeard(signal, 'news', heard);
    expect(Buffer.from(await signal.request('ask', PAYLOAD, 5000)).toString()).toBe('payload');
  });

  test('comes back as often as it goes: subscriptions and answers too', async () => {
    await server.start();
    const [near, far] = [await open(), await open()];
    const heard: unknown[] = [];
    far.subscribe('news.>', () => heard.push('news'));
    far.reply('ask', async (payload) => payload);
    for (let outage = 0; outage < 3; outage++) {
      await Promise.all([expectConnected(near), expectConnected(far)]);
      await untilHeard(near, 'news.19', heard);
      expect(Buffer.from(await near.request('ask', PAYLOAD, 5000)).toString()).toBe('payload');
      await server.kill();
      await until(() => !near.isConnected && !far.isConnected);
      await server.start();
    }
    await Promise.all([expectConnected(near), expectConnected(far)]);
    await untilHeard(near, 'news.19', heard);
    expect(told.filter((line) => line.startsWith('connected'))).toHaveLength(8);
    expect(told.filter((line) => line.startsWith('lost'))).toHaveLength(6);
  });

  test('ends a request under way at once, with a reason', async () => {
    await server.start();
    const [near, far] = [await open(), await open()];
    let asked = false;
    far.reply('ask', async () => {
      asked = true;
      return new Promise(() => undefined);
    });
    await Promise.all([expectConnected(near), expectConnected(far)]);
    const answer = near.request('ask', PAYLOAD, 60_000).catch(String);
    const answers = near.requestAll('ask', PAYLOAD, { timeoutMs: 60_000 });
    await until(() => asked);
    await server.kill();
    expect(await answer).toMatch(/^Error: no answer on ask: /);
    expect(await answers).toEqual([]);
  });

  test('is sought for ever: many times the ten attempts that a client makes by itself', async () => {
    const signal = await open({ reconnectDelayMs: 2 });
    await until(() => told.length > 200);
    await server.start();
    await expectConnected(signal);
  });

  test('costs the sender nothing: 100,000 messages take no longer than connected, and no memory', async () => {
    await server.start();
    const signal = await open();
    await expectConnected(signal);
    // All of them fit into what may be unconfirmed, however long the server is not scheduled.
    const payload = Buffer.alloc(40);
    const send = async (): Promise<number> => {
      const startedAt = performance.now();
      for (let message = 0; message < 100_000; message++) {
        signal.publish('news', payload);
        if (message % 1000 === 0) await nextTurn();
      }
      return performance.now() - startedAt;
    };
    const connectedMs = await send();
    expect(signal.droppedMessages).toBe(0);
    await server.kill();
    await until(() => !signal.isConnected);
    const before = memory();
    const awayMs = await send();
    const grown = memory() - before;
    console.log(
      `100,000 messages: ${connectedMs.toFixed(0)} ms connected, ${awayMs.toFixed(0)} ms away, ${grown} bytes`,
    );
    expect(signal.droppedMessages).toBe(100_000);
    expect(awayMs).toBeLessThan(connectedMs);
    expect(grown).toBeLessThan(4 * 2 ** 20);
  });

  test('may be closed at any time', async () => {
    await (await open()).close();
    const lost = await open();
    await server.start();
    await expectConnected(lost);
    await server.kill();
    await until(() => !lost.isConnected);
    await lost.close();
    const lines = told.length;
    await server.start();
    expect(lost.isConnected).toBe(false);
    expect(told).toHaveLength(lines);
  });
});

/** Bytes in use that are the process's own, after what nobody needs is gone. */
function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a server that stands still', () => {
  test('holds up no sender, is given up after two pings, and found again', async () => {
    await server.start();
    const signal = await open({ pingIntervalMs: 100 });
    await expectConnected(signal);
    server.signal('SIGSTOP');
    const payload = Buffer.alloc(2 ** 16);
    const before = memory();
    let [published, slowestMs] = [0, 0];
    while (signal.isConnected) {
      const startedAt = performance.now();
      signal.publish('news', payload);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      published++;
      await nextTurn();
    }
    // No more than the bound waits for the server, whatever was sent.
    expect(signal.droppedMessages).toBeGreaterThan(0);
    expect(published * payload.length - signal.droppedMessages * payload.length).toBeLessThanOrEqual(8 * 2 ** 20);
    expect(memory() - before).toBeLessThan(32 * 2 ** 20);
    expect(slowestMs).toBeLessThan(1000);
    expect(told.at(-1)).toBe(away('it does not answer', 'lost'));
    server.signal('SIGCONT');
    await expectConnected(signal);
  });

  test('does not keep a close waiting', async () => {
    await server.start();
    const signal = await open();
    await expectConnected(signal);
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    await signal.close();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    server.signal('SIGCONT');
  });

  test('before it has said a word is given up, and its sockets are closed', async () => {
    const sockets = new Set<Socket>();
    const mute: Server = createServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    }).listen(server.port, '127.0.0.1');
    await once(mute, 'listening');
    const signal = await open();
    await until(() => sockets.size === 1);
    await until(() => told.includes(away('it does not answer')));
    await signal.close();
    await until(() => sockets.size === 0);
    expect(signal.isConnected).toBe(false);
    mute.close();
  });
});

describe('a slow listener', () => {
  test('is cut off by the server, and holds up neither the sender nor the others', async () => {
    await server.start('max_pending: 1MB\nwrite_deadline: "1s"');
    const [near, far] = [await open(), await open()];
    await Promise.all([expectConnected(near), expectConnected(far)]);
    const heard: unknown[] = [];
    far.subscribe('news', () => heard.push('news'));
    await untilHeard(near, 'news', heard);
    // It subscribes and reads nothing any more.
    const slow = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await once(slow, 'data');
    slow.pause();
    slow.write('CONNECT {"verbose":false}\r\nSUB news 1\r\n');
    const payload = Buffer.alloc(2 ** 16);
    const cutOff = once(slow, 'close');
    let isCutOff = false;
    cutOff.then(() => (isCutOff = true)).catch(() => undefined);
    for (let sent = 0; sent < 200; sent++) {
      const before = heard.length;
      near.publish('news', payload);
      await until(() => heard.length > before);
    }
    slow.resume();
    await until(() => isCutOff);
    expect([near.isConnected, far.isConnected]).toEqual([true, true]);
    expect(near.droppedMessages).toBe(0);
  });

  test('that is ourselves comes back after it was cut off', async () => {
    await server.start('max_payload: 100KB\nmax_pending: 256KB\nwrite_deadline: "100ms"');
    const signal = await open();
    await expectConnected(signal);
    const heard: unknown[] = [];
    signal.subscribe('news', () => heard.push('news'));
    await untilHeard(signal, 'news', heard);
    const other = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await once(other, 'data');
    const payload = Buffer.alloc(2 ** 16);
    const message = Buffer.concat([Buffer.from(`PUB news ${payload.length}\r\n`), payload, Buffer.from('\r\n')]);
    other.write('CONNECT {"verbose":false}\r\n');
    await new Promise((resolve) => other.write(Buffer.concat(Array<Buffer>(400).fill(message)), resolve));
    // The loop does not turn, as in a worker that computes.
    const busyUntil = performance.now() + 1500;
    while (performance.now() < busyUntil);
    await until(() => told.some((line) => line.startsWith('lost')));
    await expectConnected(signal);
    other.destroy();
    await untilHeard(signal, 'news', heard);
  });
});

describe('what the server does not let through', () => {
  test('wrong credentials are one clear line that holds no secret, and may be put right meanwhile', async () => {
    await server.start(AUTHORIZED);
    let password = 'wrong password';
    const signal = await open({ security: () => ({ login: { user: 'gold', password } }) });
    await until(() => told.length > 5);
    const line = away('it refuses the credentials: check them, and the permissions there');
    expect(new Set(told)).toEqual(new Set([line]));
    password = PASSWORD;
    await expectConnected(signal);
    expect(told.join('\n')).not.toMatch(/wrong password|correct horse/);
  });

  test('the server may be put right as well', async () => {
    await server.start('authorization { user: gold, password: another }');
    const signal = await open({ security: () => ({ login: { user: 'gold', password: PASSWORD } }) });
    await until(() => told.length > 2);
    await server.kill();
    await server.start(AUTHORIZED);
    await expectConnected(signal);
  });

  test.each([
    ['a seed', { seed: 'SUthis-is-no-seed' }],
    ['a credentials file', { credentials: 'this is no credentials file' }],
  ])('%s that is none is told without repeating it', async (_, login) => {
    await server.start();
    await open({ security: () => ({ login }) });
    await until(() => told.length > 1);
    expect(told[0]).toMatch(/^unreachable: NATS at .* is away: \S/);
    expect(told.join('\n')).not.toContain('this');
  });

  test('secrets that cannot be read are told, and read again', async () => {
    await server.start();
    let isThere = false;
    const signal = await open({
      security: () => {
        if (!isThere) throw new Error('ENOENT: no such file or directory, open /secrets/nats');
        return {};
      },
    });
    await until(() => told.length > 2);
    expect(told[0]).toBe(away('ENOENT: no such file or directory, open /secrets/nats'));
    isThere = true;
    await expectConnected(signal);
  });

  test('subjects without permission are told once, and stop nothing else', async () => {
    const permissions =
      '{ publish: ["tillstream.demo.>", "_INBOX.>"], subscribe: ["_INBOX.outage.>", "tillstream.demo.>"] }';
    await server.start(`authorization { users: [{ user: gold, password: secret, permissions: ${permissions} }] }`);
    const signal = await open({ security: () => ({ login: { user: 'gold', password: 'secret' } }) });
    await expectConnected(signal);
    const heard: unknown[] = [];
    signal.subscribe('other.>', () => heard.push('other'));
    signal.subscribe('tillstream.demo.inventory.>', () => heard.push('demo'));
    signal.reply('tillstream.demo.ask', async (payload) => payload);
    for (let message = 0; message < 10; message++) signal.publish(`other.${message}`, PAYLOAD);
    await until(() => told.length === 3);
    await untilHeard(signal, 'tillstream.demo.inventory.19', heard);
    expect(Buffer.from(await signal.request('tillstream.demo.ask', PAYLOAD, 5000)).toString()).toBe('payload');
    expect(told.slice(1).sort()).toEqual([
      'refused: NATS does not permit to publish to other.0: check the permissions there',
      'refused: NATS does not permit to subscribe to other.>: check the permissions there',
    ]);
    await expect(signal.request('other.ask', PAYLOAD, 5000)).rejects.toThrow(
      'NATS does not permit to publish to other.ask',
    );
  });

  test('what is larger than it takes is dropped, counted and told once', async () => {
    await server.start('max_payload: 64KB');
    const signal = await open();
    await expectConnected(signal);
    for (let message = 0; message < 3; message++) signal.publish('news', Buffer.alloc(2 ** 16 + 1));
    expect(signal.droppedMessages).toBe(3);
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/^refused: 65537 bytes to news cannot be sent: .*max_payload/),
    ]);
    expect(signal.isConnected).toBe(true);
  });
});

describe('TLS', () => {
  const tlsConfig = ({ certificateFile, keyFile }: Certificate, more = ''): string =>
    `tls { cert_file: "${certificateFile}", key_file: "${keyFile}", timeout: 5 ${more} }`;
  const line = (reason: string): string => `unreachable: NATS at localhost:${server.port} is away: ${reason}`;

  test('needs an authority that is known: anything else is one clear line, and may be put right', async () => {
    const known = createTestAuthority(join(folder, 'known'));
    await server.start(tlsConfig(known.issue({ name: 'server' })));
    let ca = createTestAuthority(join(folder, 'stranger')).authority;
    const signal = await open({ servers: [`localhost:${server.port}`], security: () => ({ tls: { ca } }) });
    await until(() => told.length > 2);
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/is away: its certificate is not trusted \(\w+\): check the CA, the name and the dates$/);
    ca = known.authority;
    await expectConnected(signal);
  });

  test.each(['127.0.0.1:4222', '[::1]:4222', '10.0.0.1'])('wants names, not addresses as %s', async (address) => {
    await open({ servers: [`tls://${address}`] });
    await until(() => told.length > 0);
    expect(told[0]).toMatch(/is away: with TLS a NATS server is known by its name: write names, not IP addresses$/);
  });

  test('does not go with a certificate that has expired', async () => {
    const known = createTestAuthority(join(folder, 'known'));
    await server.start(tlsConfig(known.issue({ name: 'server', validUntil: new Date(Date.now() - 60_000) })));
    await open({ servers: [`localhost:${server.port}`], security: () => ({ tls: { ca: known.authority } }) });
    await until(() => told.length > 0);
    const reason = 'its certificate is not trusted (CERT_HAS_EXPIRED): check the CA, the name and the dates';
    expect(told[0]).toBe(line(reason));
  });

  test('may ask for a certificate of ours', async () => {
    const known = createTestAuthority(join(folder, 'known'));
    await server.start(tlsConfig(known.issue({ name: 'server' }), `, ca_file: "${known.authorityFile}", verify: true`));
    const own = known.issue({ name: 'own' });
    let hasOwn = false;
    const signal = await open({
      servers: [`localhost:${server.port}`],
      security: () => ({ tls: { ca: known.authority, ...(hasOwn ? { cert: own.certificate, key: own.key } : {}) } }),
    });
    // What we send after the handshake may meet the end of the connection first: of some 30 attempts one hears no alert.
    const isAlert = /is away: TLS failed \(ERR_SSL_\w+\): check the certificates of both sides$/;
    await until(() => told.some((line) => isAlert.test(line)));
    hasOwn = true;
    await expectConnected(signal);
  });

  test.each([
    ['by the address', { servers: (port: number) => [`tls://localhost:${port}`], security: () => ({}) }],
    ['by the settings', { servers: (port: number) => [`localhost:${port}`], security: () => ({ tls: {} }) }],
  ])('that is wanted %s is not given up for a plain port', async (_, { servers, security }) => {
    await server.start();
    const signal = await open({ servers: servers(server.port), security });
    await until(() => told.length > 1);
    expect(told[0]).toMatch(/is away: it does not speak TLS: set it up there$/);
    expect(signal.isConnected).toBe(false);
  });
});

test.each([
  [[], 'no NATS server is named'],
  [['nats://gold:secret@host:4222'], 'a NATS server address holds a user or password'],
  [['http://host'], '"http://host" is no NATS server'],
  [['host:4222,other:4222'], 'is no NATS server'],
  [['host:4222/path'], 'is no NATS server'],
])('servers %j are refused, without repeating secrets', async (servers, message) => {
  const refused = await connectNatsSignal({ servers, name: 'x' }).catch(String);
  expect(refused).toContain(message);
  expect(refused).not.toContain('secret');
});

test('a name that cannot be in a subject is refused', async () => {
  await expect(connectNatsSignal({ servers: ['host'], name: '' })).rejects.toThrow('"" cannot be part of a subject');
});
