import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { bits, boolean, integer, objectId, octets, sequence, set, tagged, text, time } from './der.ts';

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectId('2.5.4.3');
const ORGANISATION = objectId('2.5.4.10');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const ALTERNATIVE_NAMES = objectId('2.5.29.17');

/** PEM files, and what is in them. */
export type Certificate = {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificate: string;
  readonly key: string;
};

export type CertificateRequest = {
  /** Common name, and the name of the files unless `file` is. */
  readonly name: string;
  readonly file?: string;
  /** What some servers take for the groups of a user. */
  readonly organisations?: readonly string[];
  /** Names and IPv4 addresses beside `localhost` and 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** Default is from yesterday for a month. */
  readonly validFrom?: Date;
  readonly validUntil?: Date;
};

export type TestAuthority = {
  /** PEM, for clients and servers to trust. */
  readonly authorityFile: string;
  readonly authority: string;
  /** PEM, for a server that issues certificates itself. */
  readonly keyFile: string;
  /** A certificate for `localhost` and 127.0.0.1, good for servers and clients. */
  issue(request: CertificateRequest): Certificate;
};

/**
 * The certificate authority of a folder, made when the folder has none: a server that starts again is trusted by those
 * who trusted it before. Not for production.
 */
export function createTestAuthority(folder: string): TestAuthority {
  mkdirSync(folder, { recursive: true });
  const authorityFile = join(folder, 'authority.pem');
  const keyFile = join(folder, 'authority.key.pem');
  if (!existsSync(keyFile)) writeAuthority(authorityFile, keyFile);
  const authority = readFileSync(authorityFile, 'utf8');
  const issuer = new X509Certificate(authority).subject.replace('CN=', '');
  const signer = { issuer, key: createPrivateKey(readFileSync(keyFile)) };
  return {
    authorityFile,
    authority,
    keyFile,
    issue(request) {
      const pair = newPair();
      const certificate = pem(signed(request, pair.publicKey, alternativeNames(request.hosts ?? []), signer));
      const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      const file = request.file ?? request.name;
      const files = {
        certificateFile: join(folder, `${file}.certificate.pem`),
        keyFile: join(folder, `${file}.key.pem`),
      };
      writeFileSync(files.certificateFile, certificate);
      writeFileSync(files.keyFile, key, { mode: 0o600 });
      return { ...files, certificate, key };
    },
  };
}

function writeAuthority(authorityFile: string, keyFile: string): void {
  const name = `Tillstream test authority ${randomBytes(4).toString('hex')}`;
  const { privateKey, publicKey } = newPair();
  const mayIssue = extension(BASIC_CONSTRAINTS, sequence(boolean(true)));
  writeFileSync(authorityFile, pem(signed({ name }, publicKey, mayIssue, { issuer: name, key: privateKey })));
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

function newPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = ['localhost', '127.0.0.1', ...hosts].map((host) =>
    isIPv4(host)
      ? tagged(7, 'primitive', Buffer.from(host.split('.').map(Number)))
      : tagged(2, 'primitive', Buffer.from(host, 'ascii')),
  );
  return extension(ALTERNATIVE_NAMES, sequence(...names));
}

type Signer = { readonly issuer: string; readonly key: KeyObject };

function signed(request: CertificateRequest, publicKey: KeyObject, extensions: Buffer, signer: Signer): Buffer {
  const now = Date.now();
  const validity = sequence(
    time(request.validFrom ?? new Date(now - DAY_MS)),
    time(request.validUntil ?? new Date(now + 30 * DAY_MS)),
  );
  const body = sequence(
    tagged(0, 'constructed', integer(2)),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    holder(signer.issuer, []),
    validity,
    holder(request.name, request.organisations ?? []),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, 'constructed', sequence(extensions)),
  );
  return sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, signer.key)));
}

function holder(name: string, organisations: readonly string[]): Buffer {
  const parts = organisations.map((organisation) => set(sequence(ORGANISATION, text(organisation))));
  return sequence(...parts, set(sequence(COMMON_NAME, text(name))));
}

function extension(id: Buffer, content: Buffer): Buffer {
  return sequence(id, octets(content));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
