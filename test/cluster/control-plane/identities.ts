import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, createTestAuthority, type TestAuthority } from '@tillstream/stack';

/** Who asks an API server for something. Groups are what role bindings of kind `Group` name. */
export type ClusterUser = { readonly name: string; readonly groups?: readonly string[] };

/** May do everything, and no role can take it away. */
export const ADMIN: ClusterUser = { name: 'tillstream-admin', groups: ['system:masters'] };

/** The certificates and keys of one cluster, kept in its folder. */
export type Identities = {
  readonly authority: TestAuthority;
  /** Signs and checks the tokens of service accounts. */
  readonly tokenKeyFile: string;
  /** For a server that is reached under these names and addresses, and under 127.0.0.1. */
  server(name: string, hosts: readonly string[]): Certificate;
  client(user: ClusterUser): Certificate;
  /** The path of a file that tells kubectl, helm and client libraries where the API server is and who asks. */
  kubeconfig(user: ClusterUser, url: string): string;
};

export function createIdentities(folder: string): Identities {
  const authority = createTestAuthority(folder);
  const tokenKeyFile = join(folder, 'tokens.key.pem');
  if (!existsSync(tokenKeyFile)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(tokenKeyFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  }
  const client = (user: ClusterUser): Certificate =>
    authority.issue({ name: user.name, file: fileName(user), organisations: user.groups ?? [] });
  return {
    authority,
    tokenKeyFile,
    server: (name, hosts) => authority.issue({ name, hosts }),
    client,
    kubeconfig(user, url) {
      const file = kubeconfigFile(folder, user);
      // JSON is YAML, and needs no writer of its own.
      const content = JSON.stringify(kubeconfig(url, authority.authority, client(user)), undefined, 2);
      writeFileSync(file, `${content}\n`, { mode: 0o600 });
      return file;
    },
  };
}

/** Where `kubeconfig` writes. */
export function kubeconfigFile(folder: string, user: ClusterUser): string {
  return join(folder, `${fileName(user)}.kubeconfig`);
}

function fileName(user: ClusterUser): string {
  return user.name.replaceAll(/[^\w.-]/g, '_');
}

function kubeconfig(url: string, authority: string, own: Certificate): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tillstream',
    contexts: [{ name: 'tillstream', context: { cluster: 'tillstream', user: 'tillstream', namespace: 'default' } }],
    clusters: [{ name: 'tillstream', cluster: { server: url, 'certificate-authority-data': base64(authority) } }],
    users: [
      {
        name: 'tillstream',
        user: { 'client-certificate-data': base64(own.certificate), 'client-key-data': base64(own.key) },
      },
    ],
  };
}
