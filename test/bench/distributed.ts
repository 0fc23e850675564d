import { DistributedPipeline, isDrained, prepareDataFolder } from '@tillstream/demo';
import { syntheticSource, writeReferenceData } from '@tillstream/generator';
import { audit } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';

export type DistributedOptions = {
  readonly folder: string;
  readonly replicas: number;
  /** Whether the stages are one process. */
  readonly together: boolean;
  readonly recordsPerSecond: number;
  readonly seconds: number;
};

export type DistributedResult = {
  readonly freshnessP50Seconds: number;
  readonly freshnessP99Seconds: number;
  readonly hopShares: readonly { readonly hop: string; readonly share: number }[];
  readonly differences: number;
};

const SEED = 1;

/** A paced run over real servers, every service a process of its own; all of it shares this machine. */
export async function runDistributed(options: DistributedOptions): Promise<DistributedResult> {
  const { replicas, together, recordsPerSecond, seconds } = options;
  const synthetic = { seed: SEED, transactions: recordsPerSecond * seconds, countsAs: 'files' } as const;
  const folder = prepareDataFolder(options.folder, syntheticSource(synthetic).id);
  await writeReferenceData(folder.reference, synthetic);
  const say = (line: string): void => console.error(`  ${line}`);
  const pipeline = await DistributedPipeline.open({ folder, replicas, together, kafkaVersion: '4.1', onProgress: say });
  try {
    pipeline.start();
    await pipeline.fleet.untilReady();
    pipeline.fleet.start('generator', 'generator-1', {
      GENERATOR_SEED: String(SEED),
      GENERATOR_TRANSACTIONS: String(synthetic.transactions),
      GENERATOR_RECORDS_PER_SECOND: String(recordsPerSecond),
      GENERATOR_INBOX_FOLDER: folder.inbox,
    });
    await Promise.race([drained(pipeline), pipeline.fleet.failed]);
    const metrics = await pipeline.metrics();
    const freshness = metrics.freshness();
    return {
      freshnessP50Seconds: freshness.quantile(0.5),
      freshnessP99Seconds: freshness.quantile(0.99),
      hopShares: metrics.hopShares(),
      differences: (await audit(pipeline.store)).differences,
    };
  } finally {
    await pipeline.stop();
  }
}

async function drained(pipeline: DistributedPipeline): Promise<void> {
  const isSending = (): boolean => pipeline.fleet.of('generator').some((process) => process.isRunning);
  // Seldom: whoever asks takes CPU from what is measured.
  while (isSending() || !(await pipeline.isInboxEmpty()) || !(await isDrained(pipeline.log))) await sleep(1000);
}
