import { oneLine } from '@tillstream/runtime';
import { exitOnSignals } from '@tillstream/stack';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { runDistributed } from './distributed.ts';
import { runDrain } from './drain/drain.ts';
import { printDrain } from './drain/print-drain.ts';
import { BENCH_HELP, parseBenchOptions, type BenchOptions } from './options.ts';
import { fillLog, runPhase, type PhaseOptions, type PhaseResult } from './phases.ts';

/** Arguments with which this script starts itself: to send the input, and for one measured run. */
const [FILL, PHASE] = ['--fill', '--phase'];

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === FILL) {
    await fillLog(JSON.parse(args[1]!) as PhaseOptions);
    return 0;
  }
  if (args[0] === PHASE) {
    const result = await runPhase(JSON.parse(args[1]!) as PhaseOptions);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  }
  const options = parseBenchOptions(args);
  if (options === 'help') {
    console.log(BENCH_HELP);
    return 0;
  }
  exitOnSignals();
  const root = options.data ?? temporaryFolder();
  if (!options.distributed) return bench(options, root);
  return options.drain ? benchDrain(options, root) : benchDistributed(options, root);
}

/** Removed when this process exits. What ends with it is killed before, and may still be writing its last. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

async function bench(options: BenchOptions, root: string): Promise<number> {
  const { keys, recentCopies, rate, pacedSeconds, transactions } = options;
  const machine = cpus();
  console.log(
    `machine: ${machine.length} × ${machine[0]?.model ?? 'unknown'}, ${gigabytes(totalmem())}, Node ${process.version}`,
  );
  const drained = { keys, recentCopies, recordsPerSecond: undefined, filled: true };
  const results: PhaseResult[] = [];
  if (options.history > 0) {
    // 1.8 lines a transaction, about.
    const history = Math.ceil(options.history / 1.8);
    console.error(`history: ${integer(options.history)} changes over ${integer(keys)} keys …`);
    const folder = join(root, 'history');
    results.push(await phase({ ...drained, folder, transactions: history, audited: false }));
    print(`history of ${integer(results.at(-1)!.lines)} changes`, results.at(-1)!, history);
  } else {
    console.error(`drain: ${integer(transactions)} transactions over ${integer(keys)} keys …`);
    const folder = join(root, 'drain');
    results.push(await phase({ ...drained, folder, transactions, audited: true }));
    print('drain', results.at(-1)!, transactions);
  }
  if (pacedSeconds > 0) {
    console.error(`paced: ${integer(rate)} records/s for ${pacedSeconds} s …`);
    const folder = join(root, 'paced');
    const paced = await phase({
      folder,
      transactions: rate * pacedSeconds,
      keys,
      recentCopies,
      recordsPerSecond: rate,
      filled: false,
      audited: true,
    });
    results.push(paced);
    console.log(`\npaced at ${integer(rate)} records/s`);
    line('freshness p50', `${paced.freshnessP50Seconds} s`);
    line('freshness p99', `${paced.freshnessP99Seconds} s`);
    line('CPU', `${((paced.cpuSeconds / paced.wallSeconds) * 100).toFixed(0)} % of one core`);
    line('peak memory', gigabytes(paced.peakBytes));
  }
  const differences = results.reduce((sum, result) => sum + result.differences, 0);
  const leftOut = options.history > 0 ? ', the history left out' : '';
  console.log(`\naudit: ${differences} differences${leftOut}`);
  return differences === 0 ? 0 : 1;
}

async function benchDistributed(options: BenchOptions, root: string): Promise<number> {
  const { replicas, together, rate, pacedSeconds } = options;
  console.error(`distributed: ${integer(rate)} records/s for ${pacedSeconds} s, ${replicas} of each stage …`);
  const folder = join(root, 'distributed');
  const result = await runDistributed({ folder, replicas, together, recordsPerSecond: rate, seconds: pacedSeconds });
  console.log(`\ndistributed, paced at ${integer(rate)} records/s`);
  line('freshness p50', `${result.freshnessP50Seconds} s`);
  line('freshness p99', `${result.freshnessP99Seconds} s`);
  for (const { hop, share } of result.hopShares) line(hop.replaceAll('_', ' '), `${(share * 100).toFixed(0)} %`);
  console.log(`\naudit: ${result.differences} differences`);
  return result.differences === 0 ? 0 : 1;
}

async function benchDrain(options: BenchOptions, root: string): Promise<number> {
  const { transactions, keys, recentCopies, replicas, together, profile } = options;
  console.error(`distributed drain: ${integer(transactions)} transactions, ${replicas} of each stage …`);
  const result = await runDrain({ root, transactions, keys, recentCopies, replicas, together, profileFolder: profile });
  printDrain(result, transactions);
  return result.differences === 0 ? 0 : 1;
}

function print(name: string, result: PhaseResult, transactions: number): void {
  const million = transactions / 1e6;
  console.log(`\n${name}`);
  line('transactions/s', integer(transactions / result.wallSeconds));
  line('records, lines', `${integer(result.records)}, ${integer(result.lines)}`);
  line('wall time', `${result.wallSeconds.toFixed(1)} s`);
  line('CPU-s per million', (result.cpuSeconds / million).toFixed(1));
  line('peak memory', gigabytes(result.peakBytes));
  line('state in memory', gigabytes(result.stateBytes));
  line('inventory rows', integer(result.rows));
}

/** Runs a phase in a process of its own: memory and caches of one do not show in another, nor do the generator's. */
async function phase(options: PhaseOptions): Promise<PhaseResult> {
  if (options.filled) await self(FILL, options);
  return JSON.parse(await self(PHASE, options)) as PhaseResult;
}

async function self(part: string, options: PhaseOptions): Promise<string> {
  const args = [...process.execArgv, process.argv[1]!, part, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  process.off('exit', kill);
  if (code !== 0) throw new Error(`the measured process ended with ${code ?? 'a signal'}`);
  return Buffer.concat(chunks).toString('utf8');
}

function line(name: string, value: string): void {
  console.log(`  ${name.padEnd(22)} ${value.padStart(22)}`);
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${oneLine(error)}\n`);
  process.exitCode = 2;
}
