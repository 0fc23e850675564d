import { UserError } from '@tillstream/runtime';
import { parseArgs } from 'node:util';
import type { Contender } from './contender.ts';
import { PEERS, peersNamed } from './contenders.ts';

/** A start takes up to three minutes of the five that there are probes for. */
const MAX_PACED_SECONDS = 110;

export const PEERS_HELP = `Runs Tillstream and other systems side by side, on the same input and this machine.

  npx --yes pnpm@12.21.0 bench:peers [NAME …]

NAME is one of ${PEERS.map(({ name }) => name).join(', ')}; without one, all of them.

  --transactions N   of the drained input (default 2000000; 5 % come twice, 2 % late, counts in between)
  --pairs N          so often ours and theirs, in turn (default 5; a drain of each goes before, as warm-up)
  --paced-seconds N  length of each paced run (default 60, at most ${MAX_PACED_SECONDS})
  --out DIR          where benchmarks.md and benchmarks.json go (default docs)
  --report-only      runs nothing, and writes benchmarks.md anew from benchmarks.json

Each run has a Kafka broker with a copy of the same topics, and an empty ClickHouse. First a contender drains the input
with a kill -9 in the midst of it, and its inventory is compared with the generator's own books: a wrong answer is
reported as wrong, and that contender is not timed. Then come the pairs. In each it drains the input, is killed again and
has to come back and still be right; then it takes 5,000 records/s, and half of what it drained at, while sales of items
of their own show how long a reader waits for them. CPU and memory are those of all its processes and of the ClickHouse it
writes to; the CPU of the broker and of the benchmark itself is apart. A rate that the sender itself did not reach has no figures.

benchmarks.json is written after each pair. It keeps the last run of each contender, so contenders can be run one at a
time, in any order, and a run that is interrupted (Ctrl-C) has what was done. All of them with the defaults are a night's work:
before each pair it says how long the rest takes, by what was done. Exit code 1: an answer was wrong or a
contender failed; 2: Tillstream's own, or the benchmark could not run.

A try in some minutes:  npx --yes pnpm@12.21.0 bench:peers naive --transactions 50000 --pairs 1 --paced-seconds 10 --out /tmp/peers
It needs a JDK 17 and Maven (for Kafka and the contenders on the JVM; jars go to the cache, once), Linux for /proc, and a machine that does nothing else.`;

export type PeersOptions = {
  /** Runs nothing. */
  readonly reportOnly: boolean;
  readonly peers: readonly Contender[];
  readonly transactions: number;
  readonly pairs: number;
  readonly pacedSeconds: number;
  readonly out: string;
};

export function parsePeersOptions(args: readonly string[]): PeersOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    allowPositionals: true,
    options: {
      transactions: { type: 'string', default: '2000000' },
      pairs: { type: 'string', default: '5' },
      'paced-seconds': { type: 'string', default: '60' },
      out: { type: 'string', default: 'docs' },
      'report-only': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  const pacedSeconds = positive('paced-seconds', values['paced-seconds']);
  if (pacedSeconds > MAX_PACED_SECONDS) {
    throw new UserError(
      `--paced-seconds takes at most ${MAX_PACED_SECONDS}: there are no more items to sell for probes`,
    );
  }
  return {
    reportOnly: values['report-only'],
    peers: peersNamed(positionals),
    transactions: positive('transactions', values.transactions),
    pairs: positive('pairs', values.pairs),
    pacedSeconds,
    out: values.out,
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UserError(`--${name} takes a whole number above 0, not ${text}`);
  return Number(text);
}
