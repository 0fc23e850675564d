import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { natsConfig, natsSecurity } from './nats-config.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-nats-config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const NATS_SERVERS = 'nats-0:4222, tls://nats-1:4222';
const security = (env: Readonly<Record<string, string>>): ReturnType<typeof natsSecurity> =>
  natsSecurity(parseConfig(natsConfig, { NATS_SERVERS, ...env }));

function secretFile(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('servers are a list, and nothing else is needed', () => {
  expect(parseConfig(natsConfig, { NATS_SERVERS }).NATS_SERVERS).toEqual(['nats-0:4222', 'tls://nats-1:4222']);
  expect(security({})()).toEqual({ login: undefined, tls: undefined });
  expect(() => parseConfig(natsConfig, {})).toThrow('NATS_SERVERS must name at least one host:port');
  expect(() => parseConfig(natsConfig, { NATS_SERVERS: 'a,,b' })).toThrow('has an empty address');
});

test('secrets come from the environment or from files, which are read anew each time', () => {
  const NATS_PASSWORD_FILE = secretFile('password', 'first\n');
  expect(security({ NATS_USER: 'gold', NATS_PASSWORD: 'plain' })().login).toEqual({ user: 'gold', password: 'plain' });
  const fromFile = security({ NATS_USER: 'gold', NATS_PASSWORD_FILE });
  expect(fromFile().login).toEqual({ user: 'gold', password: 'first' });
  secretFile('password', 'second\n');
  expect(fromFile().login).toEqual({ user: 'gold', password: 'second' });
  expect(security({ NATS_SEED_FILE: secretFile('seed', 'SUA\n') })().login).toEqual({ seed: 'SUA' });
  expect(security({ NATS_CREDENTIALS_FILE: secretFile('creds', 'JWT\n') })().login).toEqual({ credentials: 'JWT\n' });
  const NATS_CA_FILE = secretFile('ca', 'CA');
  const own = { NATS_CERTIFICATE_FILE: secretFile('cert', 'CERT'), NATS_KEY_FILE: secretFile('key', 'KEY') };
  expect(security({ NATS_CA_FILE })().tls).toEqual({ ca: 'CA' });
  expect(security({ NATS_CA_FILE, ...own })().tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
});

test.each([
  [{ NATS_USER: 'gold' }, 'takes NATS_USER and one of NATS_PASSWORD and NATS_PASSWORD_FILE'],
  [{ NATS_PASSWORD: 'secret' }, 'takes NATS_USER and one of'],
  [{ NATS_USER: 'gold', NATS_PASSWORD: 'secret', NATS_PASSWORD_FILE: '/x' }, 'takes NATS_USER and one of'],
  [{ NATS_SEED_FILE: '/x', NATS_CREDENTIALS_FILE: '/y' }, 'NATS takes one kind of login'],
  [{ NATS_CERTIFICATE_FILE: '/x' }, 'NATS_CERTIFICATE_FILE and NATS_KEY_FILE go together'],
])('%j contradict themselves', (env, message) => {
  expect(() => security(env as Record<string, string>)).toThrow(message);
  expect(() => security(env as Record<string, string>)).not.toThrow('secret');
});

test('a file that is not there is named when it is needed', () => {
  const missing = security({ NATS_SEED_FILE: join(folder, 'missing') });
  expect(missing).toThrow(`${join(folder, 'missing')} cannot be read: mount it, or correct its name`);
});
