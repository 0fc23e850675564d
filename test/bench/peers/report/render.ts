import { PEERS } from '../contenders.ts';
import type { Contender } from '../contender.ts';
import { spreadOf, type Spread } from '../measure/statistics.ts';
import { OURS } from '../ours/ours.ts';
import { FIGURES, ratioOf, whole, type Figure } from './figures.ts';
import type { Conditions, PairResult, PeerResult } from './results.ts';

const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}×` : '∞');

/** docs/benchmarks.md, whole, from what `benchmarks.json` has of each contender. */
export function renderReport(results: readonly PeerResult[]): string {
  const peers = PEERS.flatMap(({ name }) => results.filter((result) => result.name === name));
  const contenders = [OURS, ...peers.map(({ name }) => contenderNamed(name))];
  return [
    '# Benchmarks: side by side',
    'Written by `npx --yes pnpm@12.21.0 bench:peers` from [benchmarks.json](benchmarks.json), which has the figures of every run. Only ratios of one table count: the two runs of a pair come right after each other on the same machine.',
    'All contenders were configured by the makers of Tillstream: what is set is below, with what each of them keeps and cannot express, and [test/bench/peers](../test/bench/peers) has all of the code.',
    ...machineTexts(peers),
    conditionsTable(peers),
    '## In short',
    'Median of theirs divided by ours: above 1 ours is quicker or takes less, but for the first column, where it is below 1.',
    summaryTable(peers),
    '## What is measured',
    METHOD,
    ...peers.map(peerText),
    '## Configuration',
    ...contenders.map(configurationText),
  ]
    .join('\n\n')
    .concat('\n');
}

/** One for each machine that any of the runs were on. */
function machineTexts(peers: readonly PeerResult[]): string[] {
  const texts = peers.map(({ conditions: { machine } }) => {
    const { cores, cpu, memoryGibibytes, kernel, node, java, kafka, clickHouse } = machine;
    return [
      `- **Machine**: ${cores} × ${cpu}, ${memoryGibibytes} GiB, Linux ${kernel}. Broker, ClickHouse, contender, sender and reader share it; nothing is pinned to a core.`,
      `- **Versions**: Kafka ${kafka} (one broker), ClickHouse ${clickHouse} (its HTTP interface over chDB), Node ${node}, Java ${java}; what a contender brings is with its configuration.`,
    ].join('\n');
  });
  return [...new Set(texts)];
}

function conditionsTable(peers: readonly PeerResult[]): string {
  const rows = peers.map((peer) => {
    const { machine, transactions, records, lines, keys, pacedSeconds } = peer.conditions;
    const load = `${machine.loadBefore}${machine.loadBefore >= 0.5 ? ' (other work ran on the same cores, or had just ended)' : ''}`;
    const cells = [whole(transactions), whole(records), whole(lines), whole(keys)];
    const pairs = 'pairs' in peer ? peer.pairs.length : 0;
    return `| ${contenderNamed(peer.name).title} | ${machine.day} | ${cells.join(' | ')} | ${pairs} | ${pacedSeconds} s | ${load} |`;
  });
  const head = 'against | day | transactions | records | lines | keys | pairs | paced runs of | load average before';
  return [`| ${head} |`, `|${'---|'.repeat(head.split('|').length)}`, ...rows].join('\n');
}

function summaryTable(peers: readonly PeerResult[]): string {
  const figures = FIGURES.filter(({ inSummary }) => inSummary !== undefined);
  const rows = peers.map((peer) => {
    const { title } = contenderNamed(peer.name);
    if ('wrong' in peer) return `| ${title} | wrong answer |${' |'.repeat(figures.length - 1)}`;
    const ratios = figures.map((figure) => ratioOf(figure, peer.pairs)?.median);
    return `| ${[title, ...ratios.map((ratio) => (ratio === undefined ? 'not measured' : times(ratio)))].join(' | ')} |`;
  });
  const head = ['against', ...figures.map(({ inSummary }) => inSummary)];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
}

const METHOD = `**Input**: transactions of twelve stores, one of them online, over thirty days: 5 % come again, 2 % are late, 30 % of the online sales are picked up, 2 % have an item on two lines, stores count every five days. 4 partitions. Where other work ran on the same cores, figures in seconds and rates are of no use, and ratios of CPU of some.

Every run has processes of its own: a broker that starts with a copy of the same topics, an empty ClickHouse, a contender with an empty folder. Nothing of a run is left for the next one but downloads and compiled classes. A pair is ours and then theirs. The answer of a contender (every key's current inventory) is compared with the generator's own books: first in a warm-up with a kill -9 in the midst of the drain, then in every run before its figures count. One that is wrong has no figures.

- **Drain**: transactions/s and CPU from a tenth of the records to the right answer with every layer written. CPU (user and system) and peak resident memory (the sum of each process's own peak) are of all processes of the contender and of its ClickHouse; the CPU of the broker and of the benchmark itself is apart.
- **Freshness**: from a record's timestamp until a reader of the inventory sees its effect, while records come at a steady rate. Ten sales a second of items of their own are sent beside the load, by the clock and without waiting for the one before, and a reader asks which of them it can see, with a pause of 25 ms between answer and question: so a figure is up to that pause and one question (its median is in the table) too large. What the questions take is in everybody's CPU. The load is in the sender's memory before the contender starts, and goes out every 20 ms, all that is due in one request; where the sender came to less than 97 % of its rate there is no figure. A p99 of 60 seconds is of some 600 sales.
- **Back after kill -9**: after the drain all processes of the contender are killed and started again at once, with the default timeouts of each; until a sale that was made after the kill is visible.
- A **ratio** is theirs divided by ours within a pair; median (least to greatest).`;

function peerText(peer: PeerResult): string {
  const { title } = contenderNamed(peer.name);
  const head = `## Against ${title}`;
  if ('wrong' in peer) return `${head}\n\n**Wrong answer**, not timed: ${peer.wrong}.`;
  const figures = peer.pairs.length === 0 ? [] : FIGURES;
  const rows = figures.map((figure) => row(figure, peer.conditions, peer.pairs));
  const failure = peer.failed === undefined ? [] : [`**Failed** after ${peer.pairs.length} pairs: ${peer.failed}.`];
  if (rows.length === 0) return [head, ...failure].join('\n\n');
  return [
    head,
    ...failure,
    [`| | Tillstream | ${title} | theirs / ours |`, '|---|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

function row(figure: Figure, conditions: Conditions, pairs: readonly PairResult[]): string {
  const { name, of, text } = figure;
  const ours = spreadOf(pairs.map((pair) => of(pair.ours)));
  const theirs = spreadOf(pairs.map((pair) => of(pair.theirs)));
  return `| ${name(conditions)} | ${spreadText(ours, text)} | ${spreadText(theirs, text)} | ${spreadText(ratioOf(figure, pairs), times)} |`;
}

function spreadText(spread: Spread | undefined, text: (value: number) => string): string {
  if (spread === undefined) return 'not measured';
  const [least, greatest] = [text(spread.least), text(spread.greatest)];
  return least === greatest ? text(spread.median) : `${text(spread.median)} (${least} to ${greatest})`;
}

function configurationText({ title, configuration, notExpressible }: Contender): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
  const missing = notExpressible.length === 0 ? [] : [`What it cannot express:\n\n${list(notExpressible)}`];
  return [`### ${title}`, list(configuration), ...missing].join('\n\n');
}

function contenderNamed(name: string): Contender {
  return PEERS.find((peer) => peer.name === name)!;
}
