import { readFileSync } from 'node:fs';

const GUIDE = new URL('../../../docs/monitoring.md', import.meta.url);

/** Names of our own metrics that the processes on these ports serve, without prefix; those without a series too. */
export async function exportedMetrics(ports: readonly number[]): Promise<readonly string[]> {
  const texts = await Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()));
  const names = texts.flatMap((text) => [...text.matchAll(/^# TYPE tillstream_(\w+) /gm)].map(([, name]) => name!));
  // Freshness is a histogram in three parts.
  return sorted(names.map((name) => name.replace(/^(freshness_seconds)_(bucket|sum|count)$/, '$1')));
}

/** Names in the first column of the table below this heading. */
export function documentedMetrics(heading: string): readonly string[] {
  const section = readFileSync(GUIDE, 'utf8').split(`\n### ${heading}\n`)[1]?.split('\n#')[0];
  if (section === undefined) throw new Error(`docs/monitoring.md has no section ${heading}`);
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell!);
  return sorted(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!)));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}
