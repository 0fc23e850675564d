import { PEERS } from '../contenders.ts';
import type { Contender } from '../contender.ts';
import { pairedRatios, spreadOf, type Spread } from '../measure/statistics.ts';
import { OURS } from '../ours/ours.ts';
import type { PairResult, PeerResult, PeersResult, RunFigures } from './results.ts';

type Figure = {
  readonly name: (result: PeersResult) => string;
  readonly of: (run: RunFigures) => number;
  readonly text: (value: number) => string;
};

const seconds = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)} s` : 'not kept up');
const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

const FIGURES: readonly Figure[] = [
  { name: () => 'drained transactions/s', of: ({ drain }) => drain.transactionsPerSecond, text: whole },
  {
    name: () => 'CPU-seconds per million',
    of: ({ drain }) => drain.cpuSecondsPerMillion,
    text: (value) => value.toFixed(1),
  },
  {
    name: () => 'peak memory',
    of: ({ drain }) => drain.peakBytes,
    text: (value) => `${(value / 2 ** 30).toFixed(2)} GiB`,
  },
  {
    name: ({ pace }) => `freshness p50 at ${whole(pace)}/s`,
    of: ({ atPace }) => atPace.freshnessP50Seconds,
    text: seconds,
  },
  {
    name: ({ pace }) => `freshness p99 at ${whole(pace)}/s`,
    of: ({ atPace }) => atPace.freshnessP99Seconds,
    text: seconds,
  },
  {
    name: ({ pace }) => `CPU at ${whole(pace)}/s, of one core`,
    of: ({ atPace }) => atPace.cpuShareOfOneCore,
    text: (value) => `${(value * 100).toFixed(0)} %`,
  },
  {
    name: () => 'half of its own maximum, transactions/s',
    of: ({ atHalf }) => atHalf.transactionsPerSecond,
    text: whole,
  },
  { name: () => 'freshness p50 at that', of: ({ atHalf }) => atHalf.freshnessP50Seconds, text: seconds },
  { name: () => 'freshness p99 at that', of: ({ atHalf }) => atHalf.freshnessP99Seconds, text: seconds },
  { name: () => 'back after kill -9', of: ({ drain }) => drain.recoverySeconds, text: seconds },
  { name: () => 'first sale visible after a start', of: ({ atPace }) => atPace.startSeconds, text: seconds },
  { name: () => 'whole drain, with starting', of: ({ drain }) => drain.wholeSeconds, text: seconds },
  { name: () => 'reading all of the inventory', of: ({ drain }) => drain.readSeconds, text: seconds },
];

/** docs/benchmarks.md, whole. */
export function renderReport(result: PeersResult): string {
  const contenders = [OURS, ...PEERS.filter(({ name }) => result.peers.some((peer) => peer.name === name))];
  return [
    '# Benchmarks: side by side',
    'Written by `npx --yes pnpm@12.21.0 bench:peers`; the figures of every run are in [benchmarks.json](benchmarks.json) (null: never visible). Only ratios of one table count: the two runs of a pair come right after each other on the same machine.',
    machineText(result),
    '## What is measured',
    METHOD,
    ...result.peers.map((peer) => peerText(result, peer)),
    '## Configuration',
    ...contenders.map(configurationText),
  ]
    .join('\n\n')
    .concat('\n');
}

function machineText({ machine, ...result }: PeersResult): string {
  const { cores, cpu, memoryGibibytes, kernel, node, clickHouse, day, loadBefore } = machine;
  return [
    `- **Machine**: ${cores} × ${cpu}, ${memoryGibibytes} GiB, Linux ${kernel}; ${day}. Load average before the first run ${loadBefore}${loadBefore >= 0.5 ? ': **other work ran on the same cores**, so figures in seconds are too high and only ratios mean anything' : ''}.`,
    `- **Versions**: Kafka 4.1 (one broker on the same machine), ClickHouse ${clickHouse} (its HTTP interface over chDB), Node ${node}.`,
    `- **Input**: ${whole(result.transactions)} transactions (${whole(result.records)} records, ${whole(result.lines)} lines, ${whole(result.keys)} keys): 5 % come again, 2 % are late, 30 % of the online sales are picked up, 2 % have an item on two lines, stores count every five days. 4 partitions.`,
    `- **Runs**: ${result.pairs} ${result.pairs === 1 ? 'pair' : 'pairs'} after a warm-up, paced runs of ${result.pacedSeconds} s.`,
  ].join('\n');
}

const METHOD = `Every run has a broker that starts with a copy of the same topics, and an empty ClickHouse. The answer of a contender (every key's current inventory) is compared with the generator's own books before it is timed, in every run, and after its kill: one that is wrong has no figures.

- **Drain**: transactions/s and CPU from a tenth of the records to the right answer with every layer written. CPU (user and system) and peak resident memory are of all processes of the contender and of its ClickHouse; the broker is left out.
- **Freshness**: from a record's timestamp until a reader of the inventory sees its effect. Ten sales a second of items of their own are sent beside the load, and looked for every 25 ms; what these queries take is in everybody's CPU.
- **Back after kill -9**: after the drain all processes of the contender are killed and started again at once, with the default timeouts of each; until a sale that was made after the kill is visible.
- A **ratio** is theirs divided by ours within a pair; median (least to greatest).`;

function peerText(result: PeersResult, peer: PeerResult): string {
  const { title } = contenderNamed(peer.name);
  const head = `## Against ${title}`;
  if ('wrong' in peer) return `${head}\n\n**Wrong answer**, not timed: ${peer.wrong}.`;
  const rows = FIGURES.map((figure) => row(result, figure, peer.pairs));
  return [head, [`| | Tillstream | ${title} | theirs / ours |`, '|---|---|---|---|', ...rows].join('\n')].join('\n\n');
}

function row(result: PeersResult, { name, of, text }: Figure, pairs: readonly PairResult[]): string {
  const ours = spreadOf(pairs.map((pair) => of(pair.ours)));
  const theirs = spreadOf(pairs.map((pair) => of(pair.theirs)));
  const ratio = pairedRatios(pairs.map((pair) => ({ ours: of(pair.ours), theirs: of(pair.theirs) })));
  const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}×` : '∞');
  return `| ${name(result)} | ${spreadText(ours, text)} | ${spreadText(theirs, text)} | ${spreadText(ratio, times)} |`;
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
