import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { type Certificate, createTestAuthority } from './test-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'stack-certificates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const authority = createTestAuthority(folder);

test('a certificate names its host, its holder and its authority', () => {
  const own = new X509Certificate(authority.issue({ name: 'broker' }).certificate);
  const issuer = new X509Certificate(authority.authority);
  expect(own.subject).toBe('CN=broker');
  expect(own.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(own.checkHost('localhost')).toBe('localhost');
  expect(own.checkIssued(issuer)).toBe(true);
  expect(own.verify(issuer.publicKey)).toBe(true);
  expect(issuer.ca).toBe(true);
});

test('it may name more hosts, and the groups of its holder', () => {
  const request = { name: 'system:user', file: 'user', organisations: ['one', 'two'], hosts: ['other', '10.0.0.1'] };
  const own = new X509Certificate(authority.issue(request).certificate);
  expect(own.subject).toBe('O=one\nO=two\nCN=system:user');
  expect(own.checkIP('10.0.0.1')).toBe('10.0.0.1');
  expect(own.checkHost('other')).toBe('other');
});

test('the authority of a folder stays the same', () => {
  const again = createTestAuthority(folder);
  expect(again.authority).toBe(authority.authority);
  const own = new X509Certificate(again.issue({ name: 'later' }).certificate);
  expect(own.verify(new X509Certificate(authority.authority).publicKey)).toBe(true);
});

test('TLS takes it, and refuses one that has expired', async () => {
  expect(await handshake(authority.issue({ name: 'valid' }))).toBe('authorized');
  const expired = authority.issue({
    name: 'expired',
    validFrom: new Date('2020-01-01'),
    validUntil: new Date('2020-02-01'),
  });
  expect(await handshake(expired)).toBe('CERT_HAS_EXPIRED');
});

async function handshake(own: Certificate): Promise<string> {
  const server = createServer({ key: own.key, cert: own.certificate }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = await new Promise<string>((resolve) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca: authority.authority }, () => {
      socket.destroy();
      resolve('authorized');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  await new Promise((resolve) => server.close(resolve));
  return result;
}
