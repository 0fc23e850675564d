import type { Schema } from './kubernetes-parts.ts';

/** Keywords that only an API server knows, and defaults, which are its affair too. */
const SERVER_ONLY = /^(x-kubernetes-.*|default|format)$/;

/**
 * A Pipeline's spec as values.yaml may give it: as in the CustomResourceDefinition, with unknown keys refused and
 * nothing required, because servers for development fill in their addresses.
 */
export function pipelineSpec(definition: unknown): Schema {
  const { spec } = definition as { spec: { versions: readonly [{ schema: { openAPIV3Schema: Schema } }] } };
  const { properties } = spec.versions[0].schema.openAPIV3Schema as { properties: { spec: Schema } };
  const { required: _, ...rest } = closedAsDeclared(properties.spec);
  const parts = Object.entries(rest['properties'] as Record<string, Schema>);
  return { ...rest, properties: Object.fromEntries(parts.map(([name, { required: __, ...part }]) => [name, part])) };
}

function closedAsDeclared(schema: Schema): Schema {
  const kept = Object.entries(schema).filter(([keyword]) => !SERVER_ONLY.test(keyword));
  const converted = Object.fromEntries(
    kept.map(([keyword, value]) => [keyword, keyword === 'properties' ? convertEach(value) : convert(value)]),
  );
  return 'properties' in converted ? { ...converted, additionalProperties: false } : converted;
}

function convertEach(properties: unknown): unknown {
  const entries = Object.entries(properties as Record<string, Schema>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, closedAsDeclared(schema)]));
}

function convert(value: unknown): unknown {
  const isSchema = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isSchema ? closedAsDeclared(value as Schema) : value;
}
