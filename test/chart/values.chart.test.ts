import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EVERYTHING } from './support/everything.ts';
import { CHART, lint, named, render, renderText } from './support/helm.ts';
import { mistakesIn } from './support/mistakes.ts';
import {
  closedObjectsOf,
  leavesOf,
  otherValue,
  valueAt,
  withValue,
  type Leaf,
  type Schema,
} from './support/values-walk.ts';
import { wholePipeline } from './support/whole-pipeline.ts';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
const pipelineSpec = schema.properties!['pipeline']!.properties!['spec']!;
const PIPELINE_SPEC = 'pipeline.spec.';

/** Not what a containing chart passes down; and of a Pipeline's spec, which is passed on whole, one value for all. */
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

test('every field of a Pipeline gets to it', async () => {
  const spec = wholePipeline(pipelineSpec);
  expect(named(await render({ values: { pipeline: { enabled: true, spec } } }), 'Pipeline').spec).toEqual(spec);
});

test('whatever the schema does not take is refused by its path', async () => {
  const mistakes = leavesOf(schema).map(({ path, schema: part }) => ({ path, wrong: mistakesIn(part, path) }));
  const rounds = Math.max(...mistakes.map(({ wrong }) => wrong.length));
  const count = mistakes.reduce((sum, { wrong }) => sum + wrong.length, 0);
  expect(count).toBeGreaterThan(400);
  for (let round = 0; round < rounds; round++) {
    const those = mistakes.filter(({ wrong }) => wrong.length > round);
    // One of each value at once: Helm names them all.
    const words = await refusal(
      those.reduce<object>((values, { path, wrong }) => withValue(values, path, wrong[round]!.value), {}),
    );
    expect(those.map(({ wrong }) => wrong[round]!).filter(({ at }) => !words.includes(`at ${at}: `))).toEqual([]);
  }
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
