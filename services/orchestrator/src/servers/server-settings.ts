import { parseConfig, serviceConfig, type ServiceConfig } from '@tillstream/runtime';
import { hostname } from 'node:os';
import { secretSettings, secretUses } from '../plan/secrets.ts';
import { serverSettings } from '../plan/settings.ts';
import type { Pipeline } from '../resources/pipeline.ts';

/** What is in a Secret, by key. */
export type SecretContent = Readonly<Record<string, string>>;

/** How the operator itself speaks to a pipeline's servers: as the stages do. Throws a `UserError` when settings contradict each other. */
export function operatorConfig(pipeline: Pipeline, secrets: ReadonlyMap<string, SecretContent>): ServiceConfig {
  const fromSecrets = secretSettings(
    secretUses(pipeline.spec),
    (secret) => Object.keys(secrets.get(secret) ?? {}),
    ({ secret }, key) => secrets.get(secret)![key]!.replace(/\r?\n$/, ''),
  );
  const settings = { ...serverSettings(pipeline), ...Object.fromEntries(fromSecrets) };
  const instance = `operator-${hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
  return parseConfig(serviceConfig, { ...settings, TILLSTREAM_INSTANCE: instance });
}
