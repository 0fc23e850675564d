import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from './helm.ts';

/** Everything that can be on is on, so that every value has something to change. */
export const EVERYTHING = {
  watchNamespaces: ['retail', 'warehouse'],
  operator: { replicaCount: 2 },
  stages: { serviceAccount: { create: true } },
  networkPolicy: { enabled: true, egress: { enabled: true } },
  monitoring: {
    podMonitor: { enabled: true },
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true, runbookUrl: 'https://example.org/monitoring.md' },
    dashboards: { enabled: true },
  },
  dev: {
    kafka: { enabled: true, storage: '1Gi' },
    clickhouse: { enabled: true, storage: '1Gi' },
    nats: { enabled: true },
  },
  pipeline: { enabled: true },
} as const;

export type Example = { readonly name: string; readonly values: object };

/** The values files that the chart shows. */
export function examples(): readonly Example[] {
  const folder = join(CHART, 'examples');
  return readdirSync(folder).map((name) => ({
    name,
    values: parse(readFileSync(join(folder, name), 'utf8')) as object,
  }));
}
