import type { Schema } from './values-walk.ts';

/** A value that a part of the schema does not take, and the path, as Helm writes it, that has to be in the refusal. */
export type Mistake = { readonly at: string; readonly value: unknown };

/** One for each thing that the schema says of a value, and of what is in it. */
export function mistakesIn(schema: Schema, path: readonly string[]): readonly Mistake[] {
  const at = `'/${path.join('/')}'`;
  const entries = schema.additionalProperties;
  return [
    ...wrongValues(schema).map((value) => ({ at, value })),
    ...within(schema.items, [...path, '0'], (value) => [value]),
    ...within(typeof entries === 'object' ? entries : undefined, [...path, 'example'], (example) => ({ example })),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
      within(part, [...path, key], (value) => ({ [key]: value })),
    ),
  ];
}

function within(
  schema: Schema | undefined,
  path: readonly string[],
  wrap: (value: unknown) => unknown,
): readonly Mistake[] {
  if (schema === undefined) return [];
  return mistakesIn(schema, path).map(({ at, value }) => ({ at, value: wrap(value) }));
}

const WRONG: Readonly<Record<string, (limit: never) => unknown>> = {
  type: (type: string | readonly string[]) => ([type].flat().includes('object') ? 'not an object' : { not: 'this' }),
  enum: () => 'unheardOf',
  pattern: (pattern: string) => ['', ' ', '!'].find((text) => !new RegExp(pattern).test(text)),
  minimum: (least: number) => least - 1,
  maximum: (most: number) => most + 1,
  minLength: (least: number) => 'x'.repeat(least - 1),
  maxLength: (most: number) => 'x'.repeat(most + 1),
  minItems: (least: number) => Array.from({ length: least - 1 }, () => 'x'),
  maxItems: (most: number) => Array.from({ length: most + 1 }, () => 'x'),
  maxProperties: (most: number) => Object.fromEntries(Array.from({ length: most + 1 }, (_, index) => [`x${index}`, 1])),
  required: () => ({}),
  additionalProperties: (more: unknown) => (more === false ? { unheardOf: 1 } : undefined),
};

function wrongValues(schema: Schema): readonly unknown[] {
  const wrong = Object.entries(schema).map(([keyword, limit]) => WRONG[keyword]?.(limit as never));
  return wrong.filter((value) => value !== undefined);
}
