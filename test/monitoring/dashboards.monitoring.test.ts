import { run } from '@tillstream/stack';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { dashboards, DASHBOARDS_FOLDER } from './support/chart-files.ts';
import type { DashboardFile } from './support/grafana-model.ts';

const MODEL = fileURLToPath(new URL('support/grafana-model.ts', import.meta.url));
const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const COLUMNS = 24;

const folder = mkdtempSync(join(tmpdir(), 'tillstream-dashboards-'));
afterAll(() => rmSync(folder, { recursive: true }));

const texts = dashboards().map(({ file }) => ({ file, text: readFileSync(join(DASHBOARDS_FOLDER, file), 'utf8') }));
const files = texts.map(({ file, text }) => ({ file, dashboard: JSON.parse(text) as DashboardFile }));

test("Grafana's own types take every dashboard, and nothing else", async () => {
  expect(await typeErrors(texts.map(({ text }) => text))).toBe('');
  const { text } = texts[0]!;
  expect(await typeErrors([text.replace('"showPoints": "never"', '"showPoints": "sometimes"')])).toContain('sometimes');
  expect(await typeErrors([text.replace('"lineWidth"', '"lineWidht"')])).toContain('lineWidht');
});

test.each(files)('$file: panels have an id and a title each, a unit, and a place of their own', ({ dashboard }) => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const cells = panels.flatMap(cellsOf);
  expect(new Set(cells).size).toBe(cells.length);
  const withoutUnit = panels.filter((panel) => panel.type !== 'table' && unitOf(panel) === undefined);
  expect(withoutUnit.map(({ title }) => title)).toEqual([]);
});

test.each(files)('$file: queries go to the chosen data source, and use variables that there are', ({ dashboard }) => {
  const variables = dashboard.templating!.list!.map(({ name }) => name!);
  expect(variables.slice(0, 2)).toEqual(['datasource', 'pipeline']);
  for (const { title, datasource, targets } of dashboard.panels) {
    expect(datasource, title).toEqual({ type: 'prometheus', uid: '${datasource}' });
    expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    const used = targets.flatMap(({ expr }) => expr.match(/\$\w+/g) ?? []);
    expect(
      used.filter((name) => name !== '$__rate_interval' && !variables.includes(name.slice(1))),
      title,
    ).toEqual([]);
  }
});

type Panel = DashboardFile['panels'][number];

function unitOf({ type, options, fieldConfig }: Panel): string | undefined {
  return type === 'heatmap' ? options?.yAxis?.unit : fieldConfig?.defaults?.unit;
}

/** Of the grid that a panel covers. */
function cellsOf({ title, gridPos }: Panel): readonly string[] {
  const { x = NaN, y = NaN, w = NaN, h = NaN } = gridPos ?? {};
  expect(x + w, title).toBeLessThanOrEqual(COLUMNS);
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`);
}

/** What the compiler says of them. */
async function typeErrors(dashboardTexts: readonly string[]): Promise<string> {
  const module = join(folder, 'dashboards.ts');
  const lines = dashboardTexts.map((text, index) => `export const number${index}: DashboardFile = ${text};`);
  writeFileSync(module, [`import type { DashboardFile } from '${MODEL}';`, ...lines].join('\n'));
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'ES2024',
    lib: ['ES2024'],
    module: 'NodeNext',
    skipLibCheck: true,
    types: [],
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [module] }));
  return run(process.execPath, [COMPILER, '--project', folder]).catch((error: Error) => error.message);
}
