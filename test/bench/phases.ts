import { createGenerator, syntheticSource, writeReferenceData } from '@tillstream/generator';
import { INVENTORY_CURRENT } from '@tillstream/inventory';
import { openEmbeddedLog } from '@tillstream/log';
import { createTopics } from '@tillstream/runtime';
import { audit, countRows } from '@tillstream/store';
import {
  EmbeddedPipeline,
  isDrained,
  PARTITIONS,
  prepareDataFolder,
  progressOf,
  type DataFolder,
} from '@tillstream/demo';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMeasuring, type ProcessFigures } from './process-figures.ts';
import { progressReport } from './progress-report.ts';
import { benchRetailer } from './retailer.ts';

export type PhaseOptions = {
  readonly folder: string;
  readonly transactions: number;
  readonly keys: number;
  readonly recentCopies: boolean;
  /** Undefined is as fast as possible. */
  readonly recordsPerSecond: number | undefined;
  /** Whether `fillLog` has sent the input already, in another process: the stages alone are measured. */
  readonly filled: boolean;
  /** Recomputing gold from many millions of raw records takes longer than the run. */
  readonly audited: boolean;
};

export type PhaseResult = ProcessFigures & {
  readonly records: number;
  readonly lines: number;
  readonly rows: number;
  readonly differences: number;
  readonly freshnessP50Seconds: number;
  readonly freshnessP99Seconds: number;
  readonly stateBytes: number;
};

/** Sends the whole input before the stages start. Ends with the log closed. */
export async function fillLog(options: PhaseOptions): Promise<void> {
  const source = syntheticSource(benchRetailer(options));
  const folder = prepareDataFolder(options.folder, source.id);
  const log = await openEmbeddedLog({ path: folder.logFile });
  await createTopics(log, PARTITIONS);
  await createGenerator({ source, log, inboxFolder: folder.inbox, pace: { kind: 'flatOut' } }).run();
  await log.close();
}

/** One measured run in a process of its own: a folder, an input, the pipeline over it, and the audit. */
export async function runPhase(options: PhaseOptions): Promise<PhaseResult> {
  const synthetic = benchRetailer(options);
  const source = syntheticSource(synthetic);
  const folder = prepareDataFolder(options.folder, source.id);
  await writeReferenceData(folder.reference, synthetic);
  const pipeline = await EmbeddedPipeline.open(folder);
  const finish = startMeasuring();
  const { failed } = pipeline.start();
  const sending = options.filled ? Promise.resolve() : generatorOf(pipeline, folder, options, source).run();
  await Promise.race([Promise.all([sending, drained(pipeline, sending)]), failed]);
  const figures = finish();
  const stateBytes = pipeline.stateBytes();
  const rows = await countRows(pipeline.store, INVENTORY_CURRENT);
  const differences = options.audited ? (await audit(pipeline.store)).differences : 0;
  const { freshness } = pipeline.telemetry;
  const records = (await progressOf(pipeline.log, 'silver')).done;
  const lines = pipeline.telemetry.total('rows_written', 'inventory_change');
  await pipeline.stop();
  return {
    ...figures,
    records,
    lines,
    rows,
    differences,
    stateBytes,
    freshnessP50Seconds: freshness.quantile(0.5),
    freshnessP99Seconds: freshness.quantile(0.99),
  };
}

function generatorOf(
  { log }: EmbeddedPipeline,
  { inbox }: DataFolder,
  { recordsPerSecond }: PhaseOptions,
  source: ReturnType<typeof syntheticSource>,
): ReturnType<typeof createGenerator> {
  const pace =
    recordsPerSecond === undefined ? ({ kind: 'flatOut' } as const) : ({ kind: 'rate', recordsPerSecond } as const);
  return createGenerator({ source, log, inboxFolder: inbox, pace });
}

async function drained({ log }: EmbeddedPipeline, sending: Promise<unknown>): Promise<void> {
  await sending;
  const { total } = await progressOf(log, 'silver');
  const report = progressReport(total);
  while (!(await isDrained(log))) {
    await sleep(20);
    report((await progressOf(log, 'silver')).done);
  }
}
