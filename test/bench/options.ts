import { UserError } from '@tillstream/runtime';
import { parseArgs } from 'node:util';

export const BENCH_HELP = `Measures the pipeline on the embedded default: bronze, silver and gold into chDB, in one process.

  npx --yes pnpm@12.21.0 bench

  --transactions N   how many to drain (default 1000000)
  --keys N           (store, item) pairs, all counted at the start (default 6000)
  --history N        drain this many changes (lines) instead, and say at each tenth what it took (default 0)
  --recent-copies    every copy comes soon after the first; else a fifth of them are of any age, and looked up in ClickHouse
  --rate N           records a second of the paced run (default 5000)
  --paced-seconds N  its length; 0 leaves it out (default 30)
  --distributed      the paced run alone, over real servers with every service a process of its own
  --together         with --distributed: all stages in one process, the service standalone
  --drain            with --distributed: --transactions that lie in Kafka, and what each process takes for them
  --profile DIR      with --drain: every service writes a CPU profile there
  --replicas N       so many processes of each stage (default 1; with --distributed)
  --data DIR         where the data folders go (default a temporary folder, deleted afterwards)

Prints transactions/s, CPU-seconds per million (all threads of the process, chDB's included, user and system), peak
resident memory, and freshness p50/p99 of the paced run: from a record's timestamp to its gold row being readable.`;

export type BenchOptions = {
  readonly transactions: number;
  readonly keys: number;
  readonly history: number;
  readonly recentCopies: boolean;
  readonly rate: number;
  readonly pacedSeconds: number;
  readonly distributed: boolean;
  readonly together: boolean;
  readonly drain: boolean;
  readonly profile: string | undefined;
  readonly replicas: number;
  readonly data: string | undefined;
};

export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      transactions: { type: 'string', default: '1000000' },
      keys: { type: 'string', default: '6000' },
      history: { type: 'string', default: '0' },
      'recent-copies': { type: 'boolean' },
      rate: { type: 'string', default: '5000' },
      'paced-seconds': { type: 'string', default: '30' },
      distributed: { type: 'boolean' },
      together: { type: 'boolean' },
      drain: { type: 'boolean' },
      profile: { type: 'string' },
      replicas: { type: 'string', default: '1' },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  const integer = (name: string, text: string): number => {
    if (!/^\d{1,12}$/.test(text)) throw new UserError(`--${name} takes a whole number, not ${text}`);
    return Number(text);
  };
  return {
    transactions: integer('transactions', values.transactions),
    keys: integer('keys', values.keys),
    history: integer('history', values.history),
    recentCopies: values['recent-copies'] === true,
    rate: integer('rate', values.rate),
    pacedSeconds: integer('paced-seconds', values['paced-seconds']),
    distributed: values.distributed === true,
    together: values.together === true,
    drain: values.drain === true,
    profile: values.profile,
    replicas: integer('replicas', values.replicas),
    data: values.data,
  };
}
