import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

export type Value = {
  /** `operator.replicaCount`. */
  readonly path: string;
  readonly fallback: unknown;
  readonly description: string;
};

const MARK = '--';

/** Every value of values.yaml whose comment begins with `# --`, in the file's order. Throws when one has no comment. */
export function documentedValues(yaml: string): readonly Value[] {
  const root = parseDocument(yaml).contents;
  if (!isMap(root)) throw new Error('values.yaml has no values');
  return valuesIn(root, []);
}

function valuesIn(map: YAMLMap, path: readonly string[]): readonly Value[] {
  return map.items.flatMap((pair, index) => {
    const key = keyOf(pair);
    const here = [...path, key];
    // The comment before a map's first key belongs to the map.
    const comment = (index === 0 && map.commentBefore) || commentOf(pair);
    const description = comment.split('\n').findLast((line) => line.trim().startsWith(MARK));
    if (description !== undefined) {
      const fallback = (pair.value as { toJSON(): unknown }).toJSON();
      return [{ path: here.join('.'), fallback, description: description.trim().slice(MARK.length).trim() }];
    }
    if (isMap(pair.value) && pair.value.items.length > 0) return valuesIn(pair.value, here);
    throw new Error(`values.yaml: ${here.join('.')} needs a comment that begins with "# ${MARK}"`);
  });
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function commentOf({ key }: Pair): string {
  return (isScalar(key) ? key.commentBefore : undefined) ?? '';
}

/** A table in Markdown. */
export function referenceTable(values: readonly Value[]): string {
  const rows = values.map(
    ({ path, fallback, description }) => `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${description} |`,
  );
  return ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
