import { fileURLToPath } from 'node:url';

/** The page that the table is in, between two marks. */
export const PAGE = fileURLToPath(new URL('../../docs/autoscaling.md', import.meta.url));

const BEGIN = '<!-- written by: pnpm simulate:scaling -->\n';
const END = '\n<!-- end -->';

/** The page with another table. */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0)
    throw new Error(`${PAGE} has no place for the table between '${BEGIN.trim()}' and '${END.trim()}'`);
  return page.slice(0, from + BEGIN.length) + table + page.slice(to);
}
