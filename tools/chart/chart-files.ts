import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Schema } from './kubernetes-parts.ts';
import { pipelineSpec } from './pipeline-spec.ts';
import { documentedValues, referenceTable, type Value } from './values-reference.ts';
import { valuesSchema } from './values-schema.ts';

const BEGIN = '<!-- values: written by `pnpm chart` from values.yaml -->';
const END = '<!-- end of values -->';

const chart = new URL('../../helm/tillstream/', import.meta.url);

export type ChartFile = { readonly url: URL; readonly content: string };

/** What is written from other files of the chart, as it should be: the values' schema and their table in the README. */
export function writtenFiles(): readonly ChartFile[] {
  const values = documentedValues(read('values.yaml'));
  const schema = valuesSchema(pipelineSpec(parse(read('crds/pipelines.yaml'))), alertNames());
  return [
    {
      url: new URL('values.schema.json', chart),
      content: `${JSON.stringify(described(schema, values), undefined, 2)}\n`,
    },
    { url: new URL('README.md', chart), content: withTable(read('README.md'), referenceTable(values)) },
  ];
}

function alertNames(): readonly string[] {
  const { groups } = parse(read('files/alerts.yaml')) as { groups: readonly { rules: readonly { alert: string }[] }[] };
  return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

function read(path: string): string {
  return readFileSync(new URL(path, chart), 'utf8');
}

/** The schema with the comments of values.yaml, which editors then show. */
function described(schema: Schema, values: readonly Value[], path = ''): Schema {
  const description = values.find((value) => value.path === path)?.description;
  const withText = description === undefined ? schema : { ...schema, description };
  // Below a documented value there are none.
  if (description !== undefined || typeof schema['properties'] !== 'object') return withText;
  const entries = Object.entries(schema['properties'] as Record<string, Schema>);
  const parts = entries.map(([key, part]) => [key, described(part, values, path === '' ? key : `${path}.${key}`)]);
  return { ...withText, properties: Object.fromEntries(parts) };
}

function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the chart's README.md needs the lines ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}
