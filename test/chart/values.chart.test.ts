import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EVERYTHING } from './support/everything.ts';
import { CHART, lint, renderText } from './support/helm.ts';
import {
  closedObjectsOf,
  leavesOf,
  otherValue,
  valueAt,
  withValue,
  wrongValue,
  type Leaf,
  type Schema,
} from './support/values-walk.ts';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
const PIPELINE_SPEC = 'pipeline.spec.';

/** What a containing chart passes down; and of a Pipeline's spec, which is passed on as it is, one value stands for all. */
const leaves = leavesOf(schema).filter(
  ({ path }) => path[0] !== 'global' && (!path.join('.').startsWith(PIPELINE_SPEC) || path.at(-1) === 'suspend'),
);

test('the schema and values.yaml name the same values', () => {
  const isIn = ({ path }: Leaf) => valueAt(defaults, path) !== undefined || path.join('.').startsWith(PIPELINE_SPEC);
  expect(leaves.filter((leaf) => !isIn(leaf)).map(({ path }) => path.join('.'))).toEqual([]);
  expect(leaves.length).toBeGreaterThan(90);
});

const base = renderText({ values: EVERYTHING });

test.concurrent.each(leaves.map((leaf) => ({ ...leaf, name: leaf.path.join('.') })))(
  '$name changes what is rendered',
  async ({ path, schema: part }) => {
    const current = valueAt(EVERYTHING, path) ?? valueAt(defaults, path);
    const values = withValue(EVERYTHING, path, otherValue({ path, schema: part }, current));
    expect(await renderText({ values })).not.toBe(await base);
  },
);

test('a value of the wrong kind is refused by its path', async () => {
  // All at once: Helm names them all.
  const wrong = leaves.reduce<object>((values, leaf) => withValue(values, leaf.path, wrongValue(leaf.schema)), {});
  const words = await refusal(wrong);
  const unnamed = leaves.map(({ path }) => `/${path.join('/')}'`).filter((path) => !words.includes(path));
  expect(unnamed).toEqual([]);
});

test('an unknown key is refused by its path, in every object of the schema', async () => {
  const objects = closedObjectsOf(schema);
  const wrong = objects.reduce<object>((values, path) => withValue(values, [...path, 'unheardOf'], 1), {});
  const words = await refusal(wrong);
  const places = objects.map((path) => `at '${path.map((key) => `/${key}`).join('')}': `);
  expect(places.filter((place) => !words.includes(place))).toEqual([]);
  expect(words.split("'unheardOf' not allowed").length - 1).toBeGreaterThanOrEqual(objects.length);
});

test.each([
  ['operator.replicaCount', -1, "'/operator/replicaCount': minimum: got -1, want 0"],
  ['podSecurity.runAsUser', 0, "'/podSecurity/runAsUser': minimum: got 0, want 1"],
  ['image.digest', 'sha256:12', "'/image/digest'"],
  ['watchNamespaces', ['Retail'], "'/watchNamespaces/0'"],
  ['pipeline.spec.mode', 'Sometimes', "'/pipeline/spec/mode': value must be one of"],
  ['pipeline.spec.schedule.cron', 'every day', "'/pipeline/spec/schedule/cron'"],
])('%s cannot be %j', async (path, value, message) => {
  await expect(lint(withValue({}, path.split('.'), value))).rejects.toThrow(message);
});

async function refusal(values: object): Promise<string> {
  return lint(values).then(
    () => '',
    (error: Error) => error.message,
  );
}
