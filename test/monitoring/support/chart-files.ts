import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FILES = new URL('../../../helm/tillstream/files/', import.meta.url);

export const ALERTS_FILE = fileURLToPath(new URL('alerts.yaml', FILES));

export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

export function alerts(): readonly Alert[] {
  const { groups } = parse(readFileSync(ALERTS_FILE, 'utf8')) as { groups: readonly { rules: readonly Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export type Dashboard = {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
};

export function dashboards(): readonly Dashboard[] {
  const folder = new URL('dashboards/', FILES);
  return readdirSync(folder).map((file) => {
    const dashboard = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Omit<Dashboard, 'file'>;
    return { ...dashboard, file };
  });
}

/** A query as a panel sends it. */
export type PanelQuery = { readonly panel: string; readonly expr: string };

/** What Grafana asks when everything is selected. */
export function panelQueries(pipeline: string): readonly PanelQuery[] {
  return dashboards().flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.targets.map(({ expr }) => ({
        panel: `${title} / ${panel.title}`,
        expr: expr.replaceAll('$pipeline', pipeline).replaceAll('$service', '.+').replaceAll('$__rate_interval', '30s'),
      })),
    ),
  );
}

/** Names of our metrics in an expression. */
export function metricsIn(expr: string): readonly string[] {
  return expr.match(/\b(tillstream|process|nodejs)_[a-z0-9_]+/g) ?? [];
}

/** Names of the operator's metrics, as its source has them: it runs on a cluster only. */
export function operatorMetrics(): readonly string[] {
  const source = new URL('../../../services/orchestrator/src/operator-metrics.ts', import.meta.url);
  return [...readFileSync(source, 'utf8').matchAll(/'(tillstream_[a-z_]+)'/g)].map(([, name]) => name!);
}
