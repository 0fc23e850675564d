import type { PipelineSpec } from '../resources/pipeline.ts';
import type { WorkerStage } from './stages.ts';

/** Which settings the keys of a server's Secret are. */
const SETTINGS_OF_KEYS = {
  kafka: keysOf('KAFKA'),
  clickhouse: keysOf('CLICKHOUSE'),
  nats: { ...keysOf('NATS'), credentials: 'NATS_CREDENTIALS', seed: 'NATS_SEED' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Server = keyof typeof SETTINGS_OF_KEYS;

/** A Secret that is used for a server. */
export type SecretUse = { readonly server: Server; readonly secret: string };

/** A Secret as far as planning needs it: which keys it has, and which version it is. Never what is in it. */
export type SecretView = { readonly keys: readonly string[]; readonly version: string };

function keysOf(prefix: string): Readonly<Record<string, string>> {
  return {
    username: `${prefix}_USERNAME`,
    password: `${prefix}_PASSWORD`,
    'ca.crt': `${prefix}_TLS_CA`,
    'tls.crt': `${prefix}_TLS_CERT`,
    'tls.key': `${prefix}_TLS_KEY`,
  };
}

/** The Secrets that a worker uses; without one, those that the operator uses for set-up. */
export function secretUses(
  { kafka, clickhouse, nats, stages }: PipelineSpec,
  stage?: WorkerStage,
): readonly SecretUse[] {
  const ofStage = stage === undefined ? undefined : stages[stage.field].clickhouseSecret;
  return [
    ...kafkaSecretUses({ kafka }),
    ...use('clickhouse', ofStage ?? clickhouse.existingSecret),
    ...use('nats', nats?.existingSecret),
  ];
}

export function kafkaSecretUses({ kafka }: Pick<PipelineSpec, 'kafka'>): readonly SecretUse[] {
  return use('kafka', kafka.existingSecret);
}

function use(server: Server, secret: string | undefined): readonly SecretUse[] {
  return secret === undefined ? [] : [{ server, secret }];
}

/** Settings by name, each from a key that its Secret has. */
export function secretSettings<Value>(
  uses: readonly SecretUse[],
  keysOfSecret: (secret: string) => readonly string[],
  value: (use: SecretUse, key: string) => Value,
): readonly (readonly [name: string, value: Value])[] {
  return uses.flatMap((one) => {
    const settings: Readonly<Record<string, string>> = SETTINGS_OF_KEYS[one.server];
    const keys = Object.keys(settings).filter((key) => keysOfSecret(one.secret).includes(key));
    return keys.map((key) => [settings[key]!, value(one, key)] as const);
  });
}
