import {
  command,
  controlWorker,
  openNatsSignal,
  Roster,
  sendCommand,
  sendCommandToAll,
  silentLogger,
  Telemetry,
  type WorkerStatus,
} from '@tillstream/runtime';
import { commandSubject, inventorySubject, presenceSubject, type NatsSignal } from '@tillstream/signal';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { NatsServer } from './support/nats-server.ts';

const GOLD = { pipeline: 'demo', service: 'gold-aggregator' };
const NAMES = ['bronze-ingester', 'silver-normalizer', 'gold-aggregator', 'orchestrator', 'console'];
const FORBIDDEN = Buffer.from('forbidden');
const PERMISSIONS = readFileSync(join(import.meta.dirname, '../../libs/signal/permissions.conf'), 'utf8');

let folder: string;
let server: NatsServer;
let cleanups: (() => unknown)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-control-'));
  server = await NatsServer.prepare(folder);
  cleanups = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.reverse()) await cleanup();
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

const until = async (condition: () => unknown): Promise<void> => {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 10 });
};

/** The server with the permissions that are documented; everybody's password is made of the own name. */
async function startServer(): Promise<void> {
  const variable = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
  for (const name of NAMES) vi.stubEnv(variable(name), `secret-of-${name}`);
  await server.start(PERMISSIONS);
}

type Line = { readonly level: 'info' | 'warn'; readonly text: string };

async function open(name: string) {
  const telemetry = new Telemetry('demo');
  const lines: Line[] = [];
  const logger = Object.assign(silentLogger(), {
    info: (_: unknown, text: string) => lines.push({ level: 'info', text }),
    warn: (text: string) => lines.push({ level: 'warn', text }),
  });
  const signal = await openNatsSignal({
    servers: [server.address],
    name,
    pipeline: 'demo',
    security: () => ({ login: { user: name, password: `secret-of-${name}` } }),
    reconnectDelayMs: 20,
    telemetry,
    logger,
  });
  cleanups.push(async () => signal.close());
  return { signal, telemetry, lines };
}

async function openConnected(name: string) {
  const opened = await open(name);
  await until(() => opened.signal.isConnected);
  return opened;
}

/** Does what a worker does for those who look at it and command it. */
class StandIn {
  readonly #listeners = new Set<() => void>();
  readonly #service: string;
  state: WorkerStatus['state'] = 'running';

  constructor(service: string) {
    this.#service = service;
  }

  status(): WorkerStatus {
    return {
      service: this.#service,
      state: this.state,
      partitions: [],
      turns: 0,
      lastTurnAt: 0,
      isTurning: false,
      busyMs: 0,
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  pause = (): void => this.#become('paused');
  resume = (): void => this.#become('running');
  stop = (): void => this.#become('stopped');

  #become(state: WorkerStatus['state']): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function startWorker(service: string, instance: string) {
  const { signal, telemetry, lines } = await openConnected(service);
  const worker = new StandIn(service);
  const commands = [
    command('double', z.object({ a: z.number() }), async ({ a }) => 2 * a),
    command('fail', z.object({}), async () => Promise.reject(new Error('the disk\nis full'))),
  ];
  const identity = { pipeline: 'demo', instance, version: '1' };
  const shared = { signal, commands, telemetry, logger: silentLogger(), now: Date.now, everyMs: 100 };
  cleanups.push(controlWorker({ ...identity, ...shared, worker }));
  return { signal, telemetry, worker, lines };
}

const watch = (signal: NatsSignal): Roster => new Roster({ signal, pipeline: 'demo', now: () => performance.now() });
const seen = (roster: Roster): readonly string[] =>
  roster.members().map(({ instance, state }) => `${instance} ${state}`);

test('workers are seen, obey one by one and all together, and leave', async () => {
  await startServer();
  const { signal } = await openConnected('orchestrator');
  const roster = watch(signal);
  const workers = await Promise.all(['pod-1', 'pod-2', 'pod.3'].map(async (name) => startWorker(GOLD.service, name)));
  await until(() => roster.members().length === 3);
  expect(seen(roster)).toEqual(['pod-1 running', 'pod-2 running', 'pod.3 running']);

  const doubled = { command: 'double', input: { a: 21 }, timeoutMs: 5000 };
  const answer = await sendCommand(signal, { ...GOLD, instance: 'pod.3' }, doubled);
  expect(answer).toEqual({ ok: true, service: GOLD.service, instance: 'pod.3', result: 42 });
  const paused = await sendCommandToAll(signal, GOLD, { command: 'pause', timeoutMs: 5000, count: 3 });
  expect(paused.map(({ instance, ok }) => `${instance} ${ok}`).sort()).toEqual([
    'pod-1 true',
    'pod-2 true',
    'pod.3 true',
  ]);
  await until(() => seen(roster).every((one) => one.endsWith('paused')));

  const failed = await sendCommandToAll(signal, GOLD, { command: 'fail', timeoutMs: 30_000, count: 3 });
  expect(failed).toHaveLength(3);
  expect(failed[0]).toMatchObject({ ok: false, error: 'the disk is full' });
  const raw = await signal.request(commandSubject('demo', GOLD.service, 'pod-1'), Buffer.from('{'), 5000);
  expect(JSON.parse(Buffer.from(raw).toString())).toMatchObject({ ok: false, error: 'the message is no JSON' });
  const nobody = sendCommand(signal, { ...GOLD, instance: 'pod-9' }, { command: 'status', timeoutMs: 60_000 });
  await expect(nobody).rejects.toThrow('nobody answers tillstream.demo.command.gold-aggregator.pod-9');

  // Its last words and its answer still come, though it leaves at once.
  const drained = sendCommand(signal, { ...GOLD, instance: 'pod-1' }, { command: 'drain', timeoutMs: 5000 });
  await until(() => workers[0]!.worker.state === 'stopped');
  await workers[0]!.signal.close();
  expect(await drained).toMatchObject({ ok: true, result: { state: 'stopped' } });
  await until(() => seen(roster).join() === 'pod-2 paused,pod.3 paused');
});

test('a server that goes away takes the roster with it, and both come back', async () => {
  await startServer();
  const { signal } = await openConnected('orchestrator');
  const roster = watch(signal);
  const { worker, telemetry, lines } = await startWorker(GOLD.service, 'pod-1');
  await until(() => roster.members().length === 1);
  await server.kill();
  await until(() => roster.members().length === 0);
  worker.pause();
  const away = sendCommand(signal, { ...GOLD, instance: 'pod-1' }, { command: 'status', timeoutMs: 60_000 });
  await expect(away).rejects.toThrow(`NATS at ${server.address} is away`);
  await startServer();
  await until(() => seen(roster).join() === 'pod-1 paused');
  const status = { command: 'status', timeoutMs: 5000 };
  expect(await sendCommand(signal, { ...GOLD, instance: 'pod-1' }, status)).toMatchObject({ ok: true });

  // However often it has tried.
  const whileAway = lines.filter(({ level }) => level === 'warn').map(({ text }) => text);
  expect(whileAway.length).toBeLessThanOrEqual(3);
  expect(whileAway[0]).toMatch(/^NATS at .* is away: .*; the flow goes on without news and commands$/);
  expect(lines.filter(({ level }) => level === 'info')).toHaveLength(2);
  const metrics = await telemetry.registry.metrics();
  const labels = 'pipeline="demo",service="gold-aggregator"';
  expect(metrics).toContain(`tillstream_signal_connected{${labels}} 1`);
  expect(metrics).toContain(`tillstream_signal_events_total{${labels},kind="connected"} 2`);
  expect(metrics).toContain(`tillstream_signal_events_total{${labels},kind="lost"} 1`);
  expect(metrics).toMatch(new RegExp(`tillstream_signal_events_total{${labels},kind="unreachable"} \\d+`));
  expect(metrics).toContain(`tillstream_signal_dropped_messages_total{${labels}} 0`);
  expect(metrics).toContain(`tillstream_commands_done_total{${labels},dataset="",rule=""} 1`);
});

test('each service may do what it needs and nothing else', async () => {
  await startServer();
  const [gold, silver, console, orchestrator] = await Promise.all(
    ['gold-aggregator', 'silver-normalizer', 'console', 'orchestrator'].map(openConnected),
  );
  const [heard, forbidden]: [string[], string[]] = [[], []];
  const hear = (subject: string, payload: Uint8Array): void => {
    (Buffer.from(payload).equals(FORBIDDEN) ? forbidden : heard).push(subject);
  };
  console!.signal.subscribe('tillstream.demo.inventory.>', (payload, subject) => hear(subject, payload));
  console!.signal.subscribe('tillstream.demo.presence.>', (payload, subject) => hear(subject, payload));
  const own = [inventorySubject('demo', 19), presenceSubject('demo', 'gold-aggregator', 'pod-1')];
  await until(() => {
    for (const subject of own) gold!.signal.publish(subject, Buffer.from('{}'));
    return own.every((subject) => heard.includes(subject));
  });

  const lastWarning = ({ lines }: { readonly lines: readonly Line[] }): string | undefined =>
    lines.findLast(({ level }) => level === 'warn')?.text;
  const mayNot = async (who: typeof gold, what: string, act: (signal: NatsSignal) => void): Promise<void> => {
    act(who!.signal);
    await until(() => lastWarning(who!) === `NATS does not permit to ${what}: check the permissions there`);
  };
  const foreign = presenceSubject('demo', 'gold-aggregator', 'pod-1');
  await mayNot(silver, `publish to ${foreign}`, (signal) => signal.publish(foreign, FORBIDDEN));
  const othersCommands = commandSubject('demo', 'silver-normalizer', 'pod-1');
  await mayNot(gold, `subscribe to ${othersCommands}`, (signal) =>
    signal.reply(othersCommands, async () => Buffer.from('')),
  );
  await mayNot(gold, `publish to ${othersCommands}`, (signal) => signal.publish(othersCommands, FORBIDDEN));
  const inboxes = '_INBOX.>';
  await mayNot(silver, `subscribe to ${inboxes}`, (signal) => signal.subscribe(inboxes, () => forbidden.push('inbox')));
  await mayNot(console, `publish to ${othersCommands}`, (signal) => signal.publish(othersCommands, FORBIDDEN));
  const otherPipeline = presenceSubject('other', 'gold-aggregator', 'pod-1');
  await mayNot(orchestrator, `subscribe to ${otherPipeline}`, (signal) =>
    signal.subscribe(otherPipeline, () => forbidden.push('other')),
  );
  expect(forbidden).toEqual([]);
});
