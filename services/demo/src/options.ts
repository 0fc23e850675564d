import { UserError } from '@tillstream/runtime';
import { parseArgs } from 'node:util';

export const DEFAULT_DATA = '.tillstream/demo';
export const DEFAULT_DISTRIBUTED_DATA = '.tillstream/distributed';

export const DEMO_HELP = `Runs the whole pipeline on this machine, with nothing to install: tills' events in, current inventory out.

  npx --yes pnpm@12.21.0 demo                         a made-up retailer, about 30 s
  npx --yes pnpm@12.21.0 demo --replay DIR            the files of a folder: store.txt, item.txt,
                                                      inventory_change_type.txt, inventory_change*.txt[.gz],
                                                      inventory_snapshot*.txt[.gz], *.jsonl[.gz]

  --data DIR           keep log and store here; start again with the same folder to go on after a stop
                       (default ${DEFAULT_DATA}, made anew each time)
  --rate N|max         records a second of the made-up retailer (default 5000)
  --transactions N     how many transactions it makes (default 150000)
  --seed N             another retailer (default 1)
  --speed N|max        replay at N times the speed of the files' own times (default max)
  --shuffle SEED       replay changes and counts in a random order
  --port N             serve /healthz, /readyz and /metrics (Prometheus) on this port while it runs
  --distributed        run on real servers (Kafka, ClickHouse, NATS; started here, without Docker), every service as a
                       process of its own (data: ${DEFAULT_DISTRIBUTED_DATA})
  --replicas N         so many processes of each stage (default 1; with --distributed)
  --kafka 4.1|3.9      version of the broker (default 4.1; with --distributed)
  --expect FILE        compare inventory_current with a CSV file (.gz too) and count its differences
  --help               this text

The last line is "inventory: <rows> rows, <n> differences": rows of inventory_current, and how many of them differ from
what the audit recomputes from the raw records, and from the expected file. The exit code is 0 only when n is 0.`;

export type DemoOptions = {
  /** Folder to replay; undefined for the synthetic retailer. */
  readonly replay: string | undefined;
  readonly data: string | undefined;
  readonly expect: string | undefined;
  readonly shuffle: number | undefined;
  /** Undefined is as fast as possible. */
  readonly recordsPerSecond: number | undefined;
  readonly speedFactor: number | undefined;
  readonly port: number | undefined;
  readonly distributed: boolean;
  readonly replicas: number;
  readonly kafka: '4.1' | '3.9';
  readonly transactions: number;
  readonly seed: number;
};

/** Throws a `UserError` for anything that is not understood. Returns `help` when that was asked for. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = parse(args, {
    replay: { type: 'string' },
    data: { type: 'string' },
    expect: { type: 'string' },
    port: { type: 'string' },
    shuffle: { type: 'string' },
    rate: { type: 'string' },
    speed: { type: 'string' },
    transactions: { type: 'string' },
    seed: { type: 'string' },
    distributed: { type: 'boolean' },
    replicas: { type: 'string' },
    kafka: { type: 'string' },
    help: { type: 'boolean' },
  });
  if (values.help === true) return 'help';
  forbidApart(values);
  forbidTogether(values, values.replay === undefined ? ['shuffle', 'speed'] : ['rate', 'transactions', 'seed']);
  return {
    replay: values.replay,
    data: values.data,
    expect: values.expect,
    shuffle: values.shuffle === undefined ? undefined : integer('--shuffle', values.shuffle),
    recordsPerSecond: pace('--rate', values.rate, 5000),
    speedFactor: pace('--speed', values.speed, undefined),
    distributed: values.distributed === true,
    replicas: Math.max(1, integer('--replicas', values.replicas ?? '1')),
    kafka: kafkaVersion(values.kafka ?? '4.1'),
    port: values.port === undefined ? undefined : integer('--port', values.port),
    transactions: integer('--transactions', values.transactions ?? '150000'),
    seed: integer('--seed', values.seed ?? '1'),
  };
}

export const SQL_HELP = `Runs SQL on the store that the last demo left (database pos), read-only.

  npx --yes pnpm@12.21.0 sql "SELECT * FROM inventory_current LIMIT 10"

  --data DIR           the demo's data folder (default ${DEFAULT_DATA})
  --format F           any output format of ClickHouse (default PrettyCompact): JSONEachRow, CSV, TSV, Vertical, …`;

export type SqlOptions = { readonly sql: string; readonly data: string; readonly format: string };

export function parseSqlOptions(args: readonly string[]): SqlOptions | 'help' {
  const { values, positionals } = parseStrictly(args, {
    data: { type: 'string' },
    format: { type: 'string' },
    help: { type: 'boolean' },
  });
  if (values.help === true) return 'help';
  const [sql, ...more] = positionals;
  if (sql === undefined) throw new UserError('no SQL given: sql "SELECT …" (see --help)');
  if (more.length > 0) throw new UserError(`one statement at a time, in quotes; there is more: ${more.join(' ')}`);
  const format = values.format ?? 'PrettyCompact';
  if (!/^[A-Za-z0-9]+$/.test(format)) throw new UserError(`${format} is no output format: try JSONEachRow, CSV or TSV`);
  return { sql, data: values.data ?? DEFAULT_DATA, format };
}

type Declared = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

function parse<Options extends Declared>(args: readonly string[], options: Options) {
  const { values, positionals } = parseStrictly(args, options);
  if (positionals.length > 0) throw new UserError(`${positionals[0]} is not understood: see --help`);
  return values;
}

function parseStrictly<Options extends Declared>(args: readonly string[], options: Options) {
  try {
    // pnpm passes a bare -- on, which its users are used to write.
    const own = args[0] === '--' ? args.slice(1) : [...args];
    return parseArgs({ args: own, options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UserError(`${(cause as Error).message.split('. ')[0]}: see --help`, { cause });
  }
}

function forbidTogether(values: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given === undefined) return;
  const why =
    values['replay'] === undefined ? 'goes with --replay DIR' : 'is for the made-up retailer, not for --replay';
  throw new UserError(`--${given} ${why}: see --help`);
}

function forbidApart(values: Readonly<Record<string, unknown>>): void {
  const isDistributed = values['distributed'] === true;
  const given = (isDistributed ? ['port'] : ['replicas', 'kafka']).find((name) => values[name] !== undefined);
  if (given === undefined) return;
  const why = isDistributed
    ? 'does not go with --distributed: each process has a port of its own'
    : 'goes with --distributed';
  throw new UserError(`--${given} ${why}: see --help`);
}

function kafkaVersion(text: string): '4.1' | '3.9' {
  if (text === '4.1' || text === '3.9') return text;
  throw new UserError(`--kafka takes 4.1 or 3.9, not ${text}`);
}

function integer(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UserError(`${name} takes a whole number, not ${text}`);
  return Number(text);
}

function pace(name: string, text: string | undefined, fallback: number | undefined): number | undefined {
  if (text === undefined) return fallback;
  if (text === 'max') return undefined;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UserError(`${name} takes a number above 0 or max, not ${text}`);
  return value;
}
