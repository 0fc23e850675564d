export type Schema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
};

/** A value of the chart: where it is, and what may be there. */
export type Leaf = { readonly path: readonly string[]; readonly schema: Schema };

/** Every value that the schema names. */
export function leavesOf(schema: Schema, path: readonly string[] = []): readonly Leaf[] {
  if (schema.properties === undefined) return [{ path, schema }];
  return Object.entries(schema.properties).flatMap(([key, part]) => leavesOf(part, [...path, key]));
}

/** Every object that refuses unknown keys. */
export function closedObjectsOf(schema: Schema, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, part]) => closedObjectsOf(part, [...path, key]));
  return schema.properties === undefined ? below : [path, ...below];
}

export function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

/** A copy with another value at the path. */
export function withValue(values: unknown, path: readonly string[], value: unknown): object {
  const [key, ...rest] = path;
  if (key === undefined) return value as object;
  const parent = (values ?? {}) as Record<string, unknown>;
  return { ...parent, [key]: withValue(parent[key], rest, value) };
}

/** Something valid that is not `current`. */
export function otherValue({ path, schema }: Leaf, current: unknown): unknown {
  const candidates = [...(schema.examples ?? []), ...(schema.enum ?? []), ...byType(schema, current)];
  const other = candidates.find((candidate) => JSON.stringify(candidate) !== JSON.stringify(current));
  if (other === undefined) throw new Error(`the schema of ${path.join('.')} needs an example`);
  return other;
}

function byType({ type, items, minimum = 0, maximum }: Schema, current: unknown): readonly unknown[] {
  const first = String(Array.isArray(type) ? type[0] : type);
  switch (first) {
    case 'boolean':
      return [current !== true];
    case 'integer':
      return [minimum + 1, maximum ?? minimum + 2];
    case 'array':
      return [[otherValue({ path: [], schema: items ?? { type: 'string' } }, undefined)]];
    case 'object':
      return [{ example: 'other' }];
    default:
      return ['other'];
  }
}
