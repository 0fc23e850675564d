import type { NatsCredentials, NatsSecurity } from '@tillstream/signal';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.ts';

const file = z.string().min(1).optional();

/** Settings of the connection with NATS, by their names in the environment. Files are read again before each attempt. */
export const natsConfig = z.object({
  /** Comma-separated: `host:port`, `nats://host:port` or `tls://host:port`. */
  NATS_SERVERS: z
    .string('must name at least one host:port: without it there are no live news, no presence and no commands')
    .transform((text) => text.split(',').map((server) => server.trim()))
    .pipe(z.array(z.string().min(1, 'has an empty address: that server would never be found'))),
  NATS_USER: z.string().min(1).optional(),
  NATS_PASSWORD: z.string().min(1).optional(),
  NATS_PASSWORD_FILE: file,
  NATS_SEED_FILE: file,
  NATS_CREDENTIALS_FILE: file,
  NATS_CA_FILE: file,
  NATS_CERTIFICATE_FILE: file,
  NATS_KEY_FILE: file,
});

export type NatsConfig = z.output<typeof natsConfig>;

/** How to get at the secrets, each time anew. Throws at once where the settings contradict each other. */
export function natsSecurity(config: NatsConfig): () => NatsSecurity {
  const login = loginOf(config);
  const { NATS_CA_FILE: ca, NATS_CERTIFICATE_FILE: cert, NATS_KEY_FILE: key } = config;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError('NATS_CERTIFICATE_FILE and NATS_KEY_FILE go together: one alone proves nothing');
  }
  const hasTls = ca !== undefined || cert !== undefined;
  return () => ({
    login: login?.(),
    tls: hasTls
      ? {
          ...(ca === undefined ? {} : { ca: read(ca) }),
          ...(cert === undefined ? {} : { cert: read(cert) }),
          ...(key === undefined ? {} : { key: read(key) }),
        }
      : undefined,
  });
}

function loginOf(config: NatsConfig): (() => NatsCredentials) | undefined {
  const { NATS_USER: user, NATS_PASSWORD: given, NATS_PASSWORD_FILE: passwordFile } = config;
  const { NATS_SEED_FILE: seedFile, NATS_CREDENTIALS_FILE: credentialsFile } = config;
  const ways: (() => NatsCredentials)[] = [];
  if (seedFile !== undefined) ways.push(() => ({ seed: read(seedFile).trim() }));
  if (credentialsFile !== undefined) ways.push(() => ({ credentials: read(credentialsFile) }));
  if (user !== undefined || given !== undefined || passwordFile !== undefined) {
    if (user === undefined || (given === undefined) === (passwordFile === undefined)) {
      throw new UserError('a login to NATS takes NATS_USER and one of NATS_PASSWORD and NATS_PASSWORD_FILE');
    }
    ways.push(() => ({ user, password: given ?? read(passwordFile!).trim() }));
  }
  if (ways.length > 1) {
    throw new UserError('NATS takes one kind of login: a user, NATS_SEED_FILE, or NATS_CREDENTIALS_FILE');
  }
  return ways[0];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(`${path} cannot be read: mount it, or correct its name`, { cause });
  }
}
