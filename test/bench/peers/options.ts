import { UserError } from '@tillstream/runtime';
import { parseArgs } from 'node:util';
import type { Contender } from './contender.ts';
import { PEERS, peersNamed } from './contenders.ts';

export const PEERS_HELP = `Runs Tillstream and other systems side by side, on the same input and this machine.

  npx --yes pnpm@12.21.0 bench:peers [NAME …]

NAME is one of ${PEERS.map(({ name }) => name).join(', ')}; without one, all of them.

  --transactions N   of the drained input (default 2000000; 5 % come twice, 2 % late, counts in between)
  --pairs N          so often ours and theirs, in turn (default 5; a drain of each goes before, as warm-up)
  --paced-seconds N  length of each paced run (default 60)
  --out DIR          where benchmarks.md and benchmarks.json go (default docs)

Each run has a Kafka broker with a copy of the same topics, and an empty ClickHouse. A contender drains the input; its
inventory is compared with the generator's own books, before anything is timed and again in every run: a wrong answer is
reported as wrong, and that contender is not timed. It is killed with kill -9, has to come back and still be right. Then
it takes 5,000 transactions/s, and half of what it drained at, while sales of items of their own show how long a reader
waits for them. CPU and memory are those of all its processes and of the ClickHouse it writes to; the broker's are not.

A try in some minutes:  npx --yes pnpm@12.21.0 bench:peers naive --transactions 50000 --pairs 1 --paced-seconds 10 --out /tmp/peers
It needs Java 17 and Maven for Kafka, Linux for /proc, and a machine that does nothing else.`;

export type PeersOptions = {
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
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  return {
    peers: peersNamed(positionals),
    transactions: positive('transactions', values.transactions),
    pairs: positive('pairs', values.pairs),
    pacedSeconds: positive('paced-seconds', values['paced-seconds']),
    out: values.out,
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UserError(`--${name} takes a whole number above 0, not ${text}`);
  return Number(text);
}
