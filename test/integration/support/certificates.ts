import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Certificate = { readonly certificate: string; readonly key: string };

/** A self-signed certificate for `localhost`, its own authority. Files in the folder; returns their contents. */
export function makeCertificate(folder: string, name: string): Certificate {
  const path = (ending: string): string => join(folder, `${name}.${ending}`);
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', path('key'), '-out', path('pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  return { certificate: readFileSync(path('pem'), 'utf8'), key: readFileSync(path('key'), 'utf8') };
}
