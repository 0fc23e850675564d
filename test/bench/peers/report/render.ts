import { PEERS } from '../contenders.ts';
import type { Contender } from '../contender.ts';
import { pairedRatios, spreadOf, type Spread } from '../measure/statistics.ts';
import { OURS } from '../ours/ours.ts';
import type { Conditions, PairResult, PeerResult, RunFigures } from './results.ts';

type Figure = {
  readonly name: (conditions: Conditions) => string;
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
    name: () => "broker's CPU-seconds per million",
    of: ({ drain }) => drain.brokerCpuSecondsPerMillion,
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
    name: () => 'half of its own maximum, records/s',
    of: ({ atHalf }) => atHalf.recordsPerSecond,
    text: whole,
  },
  { name: () => 'what the sender came to there', of: ({ atHalf }) => atHalf.sentPerSecond, text: whole },
  { name: () => 'freshness p50 at that', of: ({ atHalf }) => atHalf.freshnessP50Seconds, text: seconds },
  { name: () => 'freshness p99 at that', of: ({ atHalf }) => atHalf.freshnessP99Seconds, text: seconds },
  { name: () => 'back after kill -9', of: ({ drain }) => drain.recoverySeconds, text: seconds },
  { name: () => 'first sale visible after a start', of: ({ atPace }) => atPace.startSeconds, text: seconds },
  { name: () => 'whole drain, with starting', of: ({ drain }) => drain.wholeSeconds, text: seconds },
  { name: () => 'reading all of the inventory', of: ({ drain }) => drain.readSeconds, text: seconds },
];

/** docs/benchmarks.md, whole, from what `benchmarks.json` has of each contender. */
export function renderReport(results: readonly PeerResult[]): string {
  const peers = PEERS.flatMap(({ name }) => results.filter((result) => result.name === name));
  const contenders = [OURS, ...peers.map(({ name }) => contenderNamed(name))];
  return [
    '# Benchmarks: side by side',
    'Written by `npx --yes pnpm@12.21.0 bench:peers` from [benchmarks.json](benchmarks.json), which has the figures of every run. Only ratios of one table count: the two runs of a pair come right after each other on the same machine.',
    ...machineTexts(peers),
    conditionsTable(peers),
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
    const { cores, cpu, memoryGibibytes, kernel, node, clickHouse } = machine;
    return [
      `- **Machine**: ${cores} × ${cpu}, ${memoryGibibytes} GiB, Linux ${kernel}.`,
      `- **Versions**: Kafka 4.1 (one broker on the same machine), ClickHouse ${clickHouse} (its HTTP interface over chDB), Node ${node}.`,
    ].join('\n');
  });
  return [...new Set(texts)];
}

function conditionsTable(peers: readonly PeerResult[]): string {
  const rows = peers.map((peer) => {
    const { machine, transactions, records, lines, keys, pacedSeconds } = peer.conditions;
    const load = `${machine.loadBefore}${machine.loadBefore >= 0.5 ? ' (other work ran on the same cores)' : ''}`;
    const cells = [whole(transactions), whole(records), whole(lines), whole(keys)];
    const pairs = 'pairs' in peer ? peer.pairs.length : 0;
    return `| ${contenderNamed(peer.name).title} | ${machine.day} | ${cells.join(' | ')} | ${pairs} | ${pacedSeconds} s | ${load} |`;
  });
  const head = 'against | day | transactions | records | lines | keys | pairs | paced runs of | load average before';
  return [`| ${head} |`, `|${'---|'.repeat(head.split('|').length)}`, ...rows].join('\n');
}

const METHOD = `**Input**: transactions of twelve stores, one of them online, over thirty days: 5 % come again, 2 % are late, 30 % of the online sales are picked up, 2 % have an item on two lines, stores count every five days. 4 partitions. Where other work ran on the same cores, figures in seconds and rates are of no use, and ratios of CPU of some.

Every run has a broker that starts with a copy of the same topics, and an empty ClickHouse. The answer of a contender (every key's current inventory) is compared with the generator's own books: first in a warm-up with a kill -9 in the midst of the drain, then in every run before its figures count. One that is wrong has no figures.

- **Drain**: transactions/s and CPU from a tenth of the records to the right answer with every layer written. CPU (user and system) and peak resident memory (the sum of each process's own peak) are of all processes of the contender and of its ClickHouse; the broker's CPU is apart.
- **Freshness**: from a record's timestamp until a reader of the inventory sees its effect. Ten sales a second of items of their own are sent beside the load, and looked for every 25 ms; what these queries take is in everybody's CPU. The load is of records that are sent at that rate; where the sender itself came to less than 97 % of it there is no figure.
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

function row({ name, of, text }: Figure, conditions: Conditions, pairs: readonly PairResult[]): string {
  const ours = spreadOf(pairs.map((pair) => of(pair.ours)));
  const theirs = spreadOf(pairs.map((pair) => of(pair.theirs)));
  const ratio = pairedRatios(pairs.map((pair) => ({ ours: of(pair.ours), theirs: of(pair.theirs) })));
  const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}×` : '∞');
  return `| ${name(conditions)} | ${spreadText(ours, text)} | ${spreadText(theirs, text)} | ${spreadText(ratio, times)} |`;
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
