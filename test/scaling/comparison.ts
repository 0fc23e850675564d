import { keda } from './contenders/keda.ts';
import { NUMAFLOW } from './contenders/numaflow.ts';
import { TILLSTREAM } from './contenders/tillstream.ts';
import type { Contender } from './contenders/contender.ts';
import { LOADS, type Load } from './model/loads.ts';
import { run, type Result } from './run.ts';

const SEEDS = [1, 2, 3];

/** A threshold of ten seconds of a pod's work, and a tight one of one second. */
export const KEDA = keda(10_000);
export const TIGHT_KEDA = keda(1000);

const CONTENDERS: readonly Contender[] = [TILLSTREAM, KEDA, TIGHT_KEDA, NUMAFLOW];

/** Means over all seeds. */
export function meanResult(contender: Contender, load: Load): Result {
  const results = SEEDS.map((seed) => run(contender, load, seed));
  const mean = (figure: keyof Result): number =>
    results.reduce((sum, result) => sum + result[figure], 0) / results.length;
  return { rescales: mean('rescales'), p95LagSeconds: mean('p95LagSeconds'), podMinutes: mean('podMinutes') };
}

export type Comparison = readonly { readonly load: Load; readonly results: ReadonlyMap<Contender, Result> }[];

export function compare(): Comparison {
  return LOADS.map((load) => ({
    load,
    results: new Map(CONTENDERS.map((contender) => [contender, meanResult(contender, load)])),
  }));
}

/** Markdown. */
export function renderTable(comparison: Comparison): string {
  const rows = comparison.map(({ load, results }) => {
    const cells = CONTENDERS.map((contender) => cell(results.get(contender)!));
    return `| **${load.name}**: ${load.what} | ${cells.join(' | ')} |`;
  });
  return [
    `| load | ${CONTENDERS.map(({ name }) => name).join(' | ')} |`,
    `|---|${CONTENDERS.map(() => '---').join('|')}|`,
    ...rows,
  ].join('\n');
}

function cell({ rescales, p95LagSeconds, podMinutes }: Result): string {
  return [rescales, p95LagSeconds, podMinutes].map((figure) => Math.round(figure).toLocaleString('en')).join(' / ');
}
