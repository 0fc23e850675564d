import { promtoolBinary } from '@tillstream/stack';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ALERT_CASES, type AlertCase } from './support/alert-cases.ts';
import { alerts, ALERTS_FILE, dashboards } from './support/chart-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillstream-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const guide = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');

test('there is a case for every alert', () => {
  expect([...new Set(ALERT_CASES.map(({ alert }) => alert))].toSorted()).toEqual(
    alerts()
      .map(({ alert }) => alert)
      .toSorted(),
  );
});

test.each(ALERT_CASES)('$alert fires when it should, and only then', async ({ alert, atMinutes, firing, calm }) => {
  expect(await firingAt(atMinutes, firing)).toEqual([alert]);
  expect(await firingAt(atMinutes, calm)).toEqual([]);
});

test.each(alerts())(
  '$alert says what is wrong and how bad, and the guide what to do',
  ({ alert, labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    expect(guide).toContain(`\n### ${alert}\n`);
  },
);

test.each(dashboards())('$title is in the guide, with an address that stays', ({ uid, title, file, panels }) => {
  expect(guide).toContain(`| ${title.replace('Tillstream / ', '')} |`);
  expect(uid).toBe(`tillstream-${file.replace('.json', '')}`);
  expect(panels.every(({ targets }) => targets.length > 0)).toBe(true);
});

/** Names of the alerts that fire, as promtool finds them: it is told that none do, and says which do. */
async function firingAt(atMinutes: number, series: AlertCase['firing']): Promise<readonly string[]> {
  const file = join(folder, 'case.yaml');
  writeFileSync(file, stringify(ruleTest(atMinutes, series)));
  const promtool = await promtoolBinary(() => undefined);
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
  const found = [...`${stdout}${stderr}`.matchAll(/alertname: ?(\w+), time/g)].map(([, name]) => name!);
  if (status !== 0 && found.length === 0) throw new Error(`promtool cannot judge: ${stdout}${stderr}`);
  return found;
}

function ruleTest(atMinutes: number, series: AlertCase['firing']): object {
  const none = alerts().map(({ alert }) => ({ eval_time: `${atMinutes}m`, alertname: alert, exp_alerts: [] }));
  return {
    rule_files: [ALERTS_FILE],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: none,
      },
    ],
  };
}
