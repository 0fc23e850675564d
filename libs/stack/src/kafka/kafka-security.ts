import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate, TestAuthority } from '../certificates/test-authority.ts';
import { StackError } from '../stack-error.ts';

export type KafkaUser = { readonly name: string; readonly password: string };

export type KafkaSecurity = {
  /** Each may log in by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. They are made when the folder is new. */
  readonly users: readonly KafkaUser[];
  /** What the broker shows to its clients. */
  readonly certificate: Certificate;
  /** Who must have signed the certificates of clients. */
  readonly authority: TestAuthority;
};

const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const LOGIN = 'org.apache.kafka.common.security';

/** Two listeners: LOGIN for users with a password over TLS, CERTIFICATE for clients with a certificate of their own. */
export function securityProperties(folder: string, security: KafkaSecurity): Record<string, string> {
  const keyStore = join(folder, 'broker.pem');
  writeFileSync(keyStore, security.certificate.key + security.certificate.certificate, { mode: 0o600 });
  const users = security.users
    .map(({ name, password }) => `user_${plainText(name)}="${plainText(password)}"`)
    .join(' ');
  return {
    // Everybody may do everything, but for what somebody gives an ACL.
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': security.authority.authorityFile,
    'listener.name.certificate.ssl.client.auth': 'required',
    'listener.name.login.sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','),
    'listener.name.login.plain.sasl.jaas.config': `${LOGIN}.plain.PlainLoginModule required ${users};`,
    ...Object.fromEntries(
      SCRAM.map((mechanism) => [
        `listener.name.login.${mechanism.toLowerCase()}.sasl.jaas.config`,
        `${LOGIN}.scram.ScramLoginModule required;`,
      ]),
    ),
  };
}

/** Arguments of StorageTool that put the users' SCRAM secrets into the first record of the metadata log. */
export function scramArguments(users: readonly KafkaUser[]): string[] {
  return users.flatMap(({ name, password }) =>
    SCRAM.flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${plainText(name)},password=${plainText(password)}]`,
    ]),
  );
}

/** Three formats would each need another escape; test users do without. */
function plainText(value: string): string {
  if (/^[\w.-]+$/.test(value)) return value;
  throw new StackError(
    'a Kafka user or password of the stack has other signs than letters, digits, _ . -: take others',
  );
}
