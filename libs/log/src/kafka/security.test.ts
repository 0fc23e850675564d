import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { socketSecurity } from './security.ts';

/** In a plain Node: vitest would resolve the AWS libraries to files that are meant for bundlers. */
const TWO_TOKENS = `
  import { socketSecurity } from '${new URL('security.ts', import.meta.url).href}';
  const sasl = { mechanism: 'msk-iam', region: 'eu-central-1' };
  const { mechanism, oauthBearerProvider } = socketSecurity({ protocol: 'tls', tls: {}, sasl }).sasl;
  const first = (await oauthBearerProvider()).value;
  process.env.AWS_ACCESS_KEY_ID = 'AKIDROTATED';
  console.log(JSON.stringify([mechanism, first, (await oauthBearerProvider()).value]));
`;

test('MSK IAM signs a new token for each login, good for 15 minutes, for the region', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', TWO_TOKENS], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-test' },
  });
  const [mechanism, value, renewed] = JSON.parse(stdout) as [string, string, string];
  expect(mechanism).toBe('oauthbearer');
  const url = new URL(Buffer.from(value, 'base64url').toString());
  expect(url.host).toBe('kafka.eu-central-1.amazonaws.com');
  expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
  expect(url.searchParams.get('X-Amz-Credential')).toMatch(
    /^AKIDEXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\/aws4_request$/,
  );
  expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  expect(url.href).not.toContain('secret-of-the-test');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
    .exec(url.searchParams.get('X-Amz-Date')!)!
    .map(Number);
  const signedAt = Date.UTC(year!, month! - 1, day, hour, minute, second);
  expect(Math.abs(signedAt - Date.now())).toBeLessThan(60_000);
  expect(Buffer.from(renewed, 'base64url').toString()).toContain('AKIDROTATED');
});

test('TLS always checks the broker, and never speaks less than 1.2', () => {
  const security = socketSecurity({ protocol: 'tls', tls: { ca: 'PEM' }, sasl: { mechanism: 'none' } });
  expect(security).toEqual({ ssl: { ca: 'PEM', minVersion: 'TLSv1.2', rejectUnauthorized: true }, sasl: null });
  expect(socketSecurity({ protocol: 'plaintext' })).toEqual({ ssl: null, sasl: null });
});
