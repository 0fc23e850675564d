import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_DISTRIBUTED_DATA, type DemoOptions } from '../options.ts';
import { DistributedPipeline } from '../distributed/distributed-pipeline.ts';
import { discardDataFolder, prepareDataFolder, type DataFolder } from '../pipeline/data-folder.ts';
import { readSettings } from '../pipeline/embedded-pipeline.ts';
import { isDrained } from '../pipeline/flow.ts';
import { gaugesOf } from '../progress/gauges.ts';
import { ProgressView } from '../progress/progress-view.ts';
import { readExpectedFile } from '../report/expected-file.ts';
import { printSummary, type RunFigures } from '../report/summary.ts';
import { printVerdict } from '../report/verdict.ts';
import { openInput, type Input } from './input.ts';

const POLL_MS = 250;
const GENERATOR = 'generator-1';

/** The demo with real servers and every service as a process of its own. Resolves to the number of differences found. */
export async function runDistributedDemo(options: DemoOptions): Promise<number> {
  const expected = options.expect === undefined ? undefined : readExpectedFile(options.expect);
  const settings = readSettings(process.env);
  const input = await openInput(options);
  if (options.data === undefined) await discardDataFolder(DEFAULT_DISTRIBUTED_DATA);
  const folder = prepareDataFolder(options.data ?? DEFAULT_DISTRIBUTED_DATA, input.source.id);
  await input.writeReference(folder.reference);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const pipeline = await DistributedPipeline.open({
    folder,
    replicas: options.replicas,
    kafkaVersion: options.kafka,
    onProgress: say,
    onRestart: (instance, outcome) => say(`${instance} ended with ${outcome} and is started again`),
  });
  try {
    pipeline.start();
    await pipeline.fleet.untilReady();
    const run = await Promise.race([feed(pipeline, folder, input, options), pipeline.fleet.failed]);
    await printSummary(pipeline.store, run);
    return await printVerdict(pipeline.store, settings.EXPECTATION_ACTIONS, expected);
  } finally {
    await pipeline.stop();
  }
}

/** Starts the generator and waits until all that it sends has come through. */
async function feed(
  pipeline: DistributedPipeline,
  folder: DataFolder,
  input: Input,
  options: DemoOptions,
): Promise<RunFigures> {
  const { fleet, log } = pipeline;
  const startedAt = performance.now();
  const view = new ProgressView(process.stderr);
  fleet.start('generator', GENERATOR, generatorSettings(options, folder));
  for (;;) {
    // In this order: what the generator has sent, and the loader has loaded, is in the log by the time that it is asked.
    const isSent = fleet.of('generator').every((process) => !process.isRunning);
    const isLoaded = isSent && (await pipeline.isInboxEmpty());
    const metrics = await pipeline.metrics();
    const p99 = metrics.freshness().quantile(0.99);
    const sent = isSent ? input.steps : metrics.total('records_sent', '');
    const note = Number.isNaN(p99) ? '' : `freshness p99 ${p99} s`;
    view.show(await gaugesOf(log, { done: Math.min(sent, input.steps), total: input.steps }, note), Date.now());
    if (isLoaded && (await isDrained(log))) break;
    await sleep(POLL_MS);
  }
  view.end();
  const metrics = await pipeline.metrics();
  return {
    records: input.steps,
    seconds: (performance.now() - startedAt) / 1000,
    duplicateLines: metrics.total('rows_duplicate', 'inventory_change'),
    lateLines: metrics.total('rows_late', 'inventory_change'),
    clocksAhead: [],
    freshness: metrics.freshness(),
  };
}

function generatorSettings(options: DemoOptions, folder: DataFolder): Readonly<Record<string, string>> {
  const { replay, shuffle, speedFactor, recordsPerSecond, seed, transactions } = options;
  const inbox = { GENERATOR_INBOX_FOLDER: folder.inbox };
  if (replay === undefined) {
    return {
      ...inbox,
      GENERATOR_SEED: String(seed),
      GENERATOR_TRANSACTIONS: String(transactions),
      GENERATOR_RECORDS_PER_SECOND: String(recordsPerSecond ?? 0),
    };
  }
  return {
    ...inbox,
    GENERATOR_REPLAY_FOLDER: replay,
    ...(shuffle === undefined ? {} : { GENERATOR_SHUFFLE_SEED: String(shuffle) }),
    ...(speedFactor === undefined ? {} : { GENERATOR_SPEED_FACTOR: String(speedFactor) }),
  };
}
