import { createGenerator } from '@tillstream/generator';
import type { Expectation } from '@tillstream/inventory';
import { startHealthServer, type HealthServer, type WorkerStatus } from '@tillstream/runtime';
import { audit, explainDifferences } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_DATA, type DemoOptions } from '../options.ts';
import { discardDataFolder, prepareDataFolder, type DataFolder } from '../pipeline/data-folder.ts';
import { EmbeddedPipeline, readSettings } from '../pipeline/embedded-pipeline.ts';
import { isDrained, progressOf } from '../pipeline/flow.ts';
import { ProgressView, type Gauge } from '../progress/progress-view.ts';
import { compareWithFile, readExpectedFile, type ExpectedRows } from '../report/expected-file.ts';
import { printSummary, type RunFigures } from '../report/summary.ts';
import { openInput, type Input } from './input.ts';

/** How far the generator may run ahead of the stages: what waits is bounded, in the log and so on the disk. */
const MAX_RECORDS_AHEAD = 200_000;
const POLL_MS = 100;
const MAX_EXAMPLES = 5;
const STUCK_AFTER_MS = 60_000;

/** Runs the pipeline over an input from start to end; resolves to the number of differences found. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const expected = options.expect === undefined ? undefined : readExpectedFile(options.expect);
  const settings = readSettings(process.env);
  const input = await openInput(options);
  const discarding = options.data === undefined ? discardDataFolder(DEFAULT_DATA) : Promise.resolve();
  const folder = prepareDataFolder(options.data ?? DEFAULT_DATA, input.source.id);
  await input.writeReference(folder.reference);
  const pipeline = await EmbeddedPipeline.open(folder, settings);
  const health = options.port === undefined ? undefined : await serveHealth(pipeline, options.port);
  try {
    const { failed } = pipeline.start();
    // An earlier run may have left records that waited for what is in the reference data now.
    await Promise.race([pipeline.reloadReference(), failed]);
    const run = await Promise.race([feed(pipeline, folder, input), failed]);
    await printSummary(pipeline, run);
    return await report(pipeline, settings.EXPECTATION_ACTIONS, expected);
  } finally {
    await health?.close();
    await pipeline.stop();
    await discarding;
  }
}

async function serveHealth(pipeline: EmbeddedPipeline, port: number): Promise<HealthServer> {
  const { telemetry, workers } = pipeline;
  const statuses = (): readonly WorkerStatus[] => workers.map((worker) => worker.status());
  return startHealthServer({ port, telemetry, workers: statuses, stuckAfterMs: STUCK_AFTER_MS, now: Date.now });
}

/** Generates the input and waits until all of it has come through. */
async function feed(pipeline: EmbeddedPipeline, folder: DataFolder, input: Input): Promise<RunFigures> {
  const { log } = pipeline;
  const startedAt = performance.now();
  const view = new ProgressView(process.stderr);
  let sent = 0;
  const generator = createGenerator({
    source: input.source,
    log,
    inboxFolder: folder.inbox,
    pace: input.pace,
    throttle: async () => waitForStages(pipeline),
    onProgress: (progress) => {
      sent = progress.records + progress.countFiles + progress.skipped;
    },
  });
  let isSent = false;
  const sending = generator.run().then((progress) => {
    isSent = true;
    return progress;
  });
  const draining = async (): Promise<void> => {
    for (;;) {
      view.show(await gauges(pipeline, { done: isSent ? input.steps : sent, total: input.steps }), Date.now());
      // In this order: what the loader has loaded is in the log by the time that the log is asked.
      if (isSent && (await pipeline.isInboxEmpty()) && (await isDrained(log))) break;
      await sleep(POLL_MS);
    }
    view.end();
  };
  const [progress] = await Promise.all([sending, draining()]);
  return { records: progress.records, seconds: (performance.now() - startedAt) / 1000 };
}

async function waitForStages({ log }: EmbeddedPipeline): Promise<void> {
  for (;;) {
    const { done, total } = await progressOf(log, 'silver');
    if (total - done < MAX_RECORDS_AHEAD) return;
    await sleep(POLL_MS);
  }
}

async function gauges(
  { log, telemetry }: EmbeddedPipeline,
  generated: { readonly done: number; readonly total: number },
): Promise<readonly Gauge[]> {
  const p99 = telemetry.freshness.quantile(0.99);
  const notes = { bronze: '', silver: '', gold: Number.isNaN(p99) ? '' : `freshness p99 ${p99} s` };
  const stages = (['bronze', 'silver', 'gold'] as const).map(async (layer) => {
    const { done, total } = await progressOf(log, layer);
    // What is to come counts too, so that the bars fill once and not again and again.
    const expected = layer === 'gold' ? total : Math.max(total, generated.total);
    const unit = layer === 'gold' ? 'blocks' : 'records';
    const note = `${done.toLocaleString('en-US')} ${unit}  ${notes[layer]}`;
    return { name: layer, done, total: done === total && generated.done < generated.total ? expected : total, note };
  });
  const note = `${generated.done.toLocaleString('en-US')} sent`;
  return [{ name: 'generator', ...generated, note }, ...(await Promise.all(stages))];
}

/** Prints what differs, then the last line that scripts read. */
async function report(
  pipeline: EmbeddedPipeline,
  expectations: readonly Expectation[],
  expected: ExpectedRows | undefined,
): Promise<number> {
  const audited = await audit(pipeline.store, { expectations });
  console.log(`\naudit: ${audited.differences} differences to the recomputation from bronze`);
  if (audited.differences > 0) {
    for (const one of await explainDifferences(pipeline.store, MAX_EXAMPLES, { expectations })) {
      console.log(`  ${one.what} ${one.subject}: expected ${one.expected}, found ${one.actual}`);
    }
  }
  let { differences } = audited;
  if (expected !== undefined) {
    const compared = await compareWithFile(pipeline.store, expected);
    console.log(`expected file: ${compared.differences} differences in ${expected.size} rows`);
    for (const example of compared.examples) console.log(`  ${example}`);
    differences += compared.differences;
  }
  console.log(`inventory: ${audited.rows} rows, ${differences} differences`);
  return differences;
}
