import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bits, boolean, integer, objectId, octets, sequence, set, tagged, text, time } from './der.ts';

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectId('2.5.4.3');
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
  /** Common name, and the name of the files. */
  readonly name: string;
  /** Default is from yesterday for a month. */
  readonly validFrom?: Date;
  readonly validUntil?: Date;
};

export type TestAuthority = {
  /** PEM, for clients and servers to trust. */
  readonly authorityFile: string;
  readonly authority: string;
  /** A certificate for `localhost` and 127.0.0.1, good for servers and clients. */
  issue(request: CertificateRequest): Certificate;
};

/** A certificate authority of its own for one test, whose files are written to `folder`. Not for production. */
export function createTestAuthority(folder: string): TestAuthority {
  mkdirSync(folder, { recursive: true });
  const name = `Tillstream test authority ${randomBytes(4).toString('hex')}`;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const mayIssue = extension(BASIC_CONSTRAINTS, sequence(boolean(true)));
  const authority = pem(signed({ name }, publicKey, mayIssue, { issuer: name, key: privateKey }));
  const authorityFile = join(folder, 'authority.pem');
  writeFileSync(authorityFile, authority);
  return {
    authorityFile,
    authority,
    issue(request) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = extension(
        ALTERNATIVE_NAMES,
        sequence(
          tagged(2, 'primitive', Buffer.from('localhost', 'ascii')),
          tagged(7, 'primitive', Buffer.of(127, 0, 0, 1)),
        ),
      );
      const certificate = pem(signed(request, pair.publicKey, names, { issuer: name, key: privateKey }));
      const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      const certificateFile = join(folder, `${request.name}.certificate.pem`);
      const keyFile = join(folder, `${request.name}.key.pem`);
      writeFileSync(certificateFile, certificate);
      writeFileSync(keyFile, key, { mode: 0o600 });
      return { certificateFile, keyFile, certificate, key };
    },
  };
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
    commonName(signer.issuer),
    validity,
    commonName(request.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, 'constructed', sequence(extensions)),
  );
  return sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, signer.key)));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, text(name))));
}

function extension(id: Buffer, content: Buffer): Buffer {
  return sequence(id, octets(content));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
