import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FILES = new URL('../../../helm/tillstream/files/', import.meta.url);

export const DASHBOARDS_FOLDER = fileURLToPath(new URL('dashboards/', FILES));

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
  return readdirSync(DASHBOARDS_FOLDER).map((file) => {
    const dashboard = JSON.parse(readFileSync(join(DASHBOARDS_FOLDER, file), 'utf8')) as Omit<Dashboard, 'file'>;
    return { ...dashboard, file };
  });
}

/** A query as a panel sends it. */
export type PanelQuery = { readonly panel: string; readonly expr: string };

/** Whose figures: those of the processes that the data flows through, or the operator's. */
export type Source = 'flow' | 'operator';

/** What Grafana asks when everything is selected, of the dashboards that show one source. */
export function panelQueries(source: Source, pipeline: string): readonly PanelQuery[] {
  const shown = dashboards().filter(({ uid }) => (uid === 'tillstream-operator') === (source === 'operator'));
  return shown.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.targets.map(({ expr }) => ({
        panel: `${title} / ${panel.title}`,
        expr: expr.replaceAll('$pipeline', pipeline).replaceAll('$service', '.+').replaceAll('$__rate_interval', '30s'),
      })),
    ),
  );
}

/** Names of our metrics in an expression that are of one source. */
export function metricsIn(expr: string, source: Source): readonly string[] {
  const names = expr.match(/\b(tillstream|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return names.filter((name) => sourceOf(name) === source);
}

function sourceOf(metric: string): Source {
  return /^tillstream_(operator|autoscaler|pipeline)_/.test(metric) ? 'operator' : 'flow';
}
