export type KafkaTls = {
  /** PEM. Certificates of who may sign the brokers' certificates; without it those that Node trusts. */
  readonly ca?: string;
  /** PEM. This client's certificate and key, where brokers ask for one. */
  readonly cert?: string;
  readonly key?: string;
};

export type KafkaSasl =
  | { readonly mechanism: 'none' }
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  /** Credentials come from where AWS's own clients find them: the pod's role, the instance, the environment. */
  | { readonly mechanism: 'msk-iam'; readonly region: string };

/** A password is only ever sent over TLS: there is no SASL without it. */
export type KafkaSecurity =
  | { readonly protocol: 'plaintext' }
  | { readonly protocol: 'tls'; readonly tls: KafkaTls; readonly sasl: KafkaSasl };

/** As kafkajs takes it. */
export function socketSecurity(security: KafkaSecurity): { readonly ssl: object | null; readonly sasl: object | null } {
  if (security.protocol === 'plaintext') return { ssl: null, sasl: null };
  const ssl = { ...security.tls, minVersion: 'TLSv1.2', rejectUnauthorized: true };
  const { sasl } = security;
  switch (sasl.mechanism) {
    case 'none':
      return { ssl, sasl: null };
    case 'msk-iam':
      return { ssl, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => mskToken(sasl.region) } };
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return { ssl, sasl: { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password } };
  }
}

/**
 * A token signed anew, good for 15 minutes: one is asked for at each connection and before a session ends. Loaded
 * only where it is used, because the AWS libraries are large.
 */
async function mskToken(region: string): Promise<{ readonly value: string }> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  const { token } = await generateAuthToken({ region });
  return { value: token };
}
