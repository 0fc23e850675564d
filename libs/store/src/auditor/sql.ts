/** Small helpers that put statements together. Values of users never get here; they are parameters. */

/** A ClickHouse string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** New columns by name. They see the columns below, not each other: ClickHouse would write a shared alias out at each use. */
export type Step = Readonly<Record<string, string>>;

/** A SELECT that adds columns to those of `from` (a table or a SELECT in brackets), step by step. */
export function derive(from: string, ...steps: readonly Step[]): string {
  return steps.reduce((below, step) => {
    const columns = Object.entries(step).map(([name, expression]) => `${expression} AS ${name}`);
    return `(SELECT *,\n  ${columns.join(',\n  ')}\nFROM ${below})`;
  }, from);
}

/** A SELECT of just these columns. */
export function select(columns: Step, from: string, rest = ''): string {
  const list = Object.entries(columns).map(([name, expression]) =>
    name === expression ? name : `${expression} AS ${name}`,
  );
  return `(SELECT ${list.join(',\n  ')}\nFROM ${from} ${rest})`;
}

export function unionAll(selects: readonly string[]): string {
  return `(${selects.join('\nUNION ALL\n')})`;
}

/** Array of the names whose condition holds. */
export function namesWhere(conditions: Step): string {
  const names = Object.entries(conditions).map(([name, condition]) => `if(${condition}, ${literal(name)}, '')`);
  return `arrayFilter(name -> name != '', CAST([${names.join(', ')}], 'Array(String)'))`;
}
