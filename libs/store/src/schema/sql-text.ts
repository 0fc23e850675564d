/** Names and texts of the declaration as SQL. Values never come this way: they are parameters. */

export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

export function identifiers(names: readonly string[]): string {
  return names.map(identifier).join(', ');
}

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A setting as it stands in a SETTINGS clause. */
export function assignment(name: string, value: string | number): string {
  return `${name} = ${typeof value === 'number' ? value : literal(value)}`;
}
