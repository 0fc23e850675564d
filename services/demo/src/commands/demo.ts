import { createGenerator } from '@tillstream/generator';
import { startHealthServer, type HealthServer, type WorkerStatus } from '@tillstream/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_DATA, type DemoOptions } from '../options.ts';
import { discardDataFolder, prepareDataFolder, type DataFolder } from '../pipeline/data-folder.ts';
import { EmbeddedPipeline, readSettings } from '../pipeline/embedded-pipeline.ts';
import { isDrained, progressOf } from '../pipeline/flow.ts';
import { gaugesOf } from '../progress/gauges.ts';
import { ProgressView } from '../progress/progress-view.ts';
import { readExpectedFile } from '../report/expected-file.ts';
import { printSummary, type RunFigures } from '../report/summary.ts';
import { printVerdict } from '../report/verdict.ts';
import { openInput, type Input } from './input.ts';

/** How far the generator may run ahead of the stages: what waits is bounded, in the log and so on the disk. */
const MAX_RECORDS_AHEAD = 200_000;
const POLL_MS = 100;
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
    await printSummary(pipeline.store, run);
    return await printVerdict(pipeline.store, settings.EXPECTATION_ACTIONS, expected);
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
  const { log, telemetry, silver } = pipeline;
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
      const generated = { done: isSent ? input.steps : sent, total: input.steps };
      view.show(await gaugesOf(log, generated, telemetry.freshness), Date.now());
      // In this order: what the loader has loaded is in the log by the time that the log is asked.
      if (isSent && (await pipeline.isInboxEmpty()) && (await isDrained(log))) break;
      await sleep(POLL_MS);
    }
    view.end();
  };
  const [progress] = await Promise.all([sending, draining()]);
  return {
    records: progress.records,
    seconds: (performance.now() - startedAt) / 1000,
    duplicateLines: telemetry.total('rows_duplicate', 'inventory_change'),
    lateLines: telemetry.total('rows_late', 'inventory_change'),
    clocksAhead: silver.punctuality.filter(({ ahead }) => ahead > 0),
    freshness: telemetry.freshness,
  };
}

async function waitForStages({ log }: EmbeddedPipeline): Promise<void> {
  for (;;) {
    const { done, total } = await progressOf(log, 'silver');
    if (total - done < MAX_RECORDS_AHEAD) return;
    await sleep(POLL_MS);
  }
}
