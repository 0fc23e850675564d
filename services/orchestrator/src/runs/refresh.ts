import { exhaustedStages } from '../plan/running.ts';
import type { Observed } from '../plan/observed.ts';
import { BRONZE, GOLD, SILVER, type WorkerStage } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { PipelineRun } from '../resources/pipeline-run.ts';
import { positionOf, type Measured } from '../servers/snapshot.ts';
import { failed, goesOn, started, succeeded, waiting, type RunUpdate } from './run-outcome.ts';

type Target = { readonly topic: string; readonly offsets: number[] };

/**
 * The next step of a Refresh: note the ends of the input topics; when bronze and silver have come so far, note the end of
 * what silver published; when gold has come so far, it is done. What comes later may be processed too, which changes
 * nothing: results depend on the set of records.
 */
export function refresh(run: PipelineRun, pipeline: Pipeline, observed: Observed): RunUpdate {
  const { now, servers } = observed;
  const { measured } = servers;
  const { targets, startTime } = run.status;
  if (startTime === undefined || targets === undefined) {
    const isNew = measured !== undefined && measured.atMs >= Date.parse(run.metadata.creationTimestamp);
    if (!isNew) return waiting(run, now, 'Measuring', servers.trouble ?? 'the ends of the topics are looked at');
    return started(run, now, endsOf(measured, BRONZE), 'bronze and silver process up to the ends of the topics');
  }
  const failure = pipeline.spec.mode === 'Triggered' ? [...exhaustedStages(pipeline, observed)][0] : undefined;
  if (failure !== undefined) return failed(run, now, 'StageFailed', `${failure[0]} failed: ${failure[1]}`);
  if (measured === undefined || measured.atMs <= Date.parse(startTime)) return goesOn(run, now, 'waits for figures');
  const left = (stage: WorkerStage): number => leftOf(measured, stage, targets);
  const [bronze, silver, gold] = [left(BRONZE), left(SILVER), left(GOLD)];
  if (bronze + silver > 0) {
    return goesOn(run, now, `bronze has up to ${bronze} records to process, silver up to ${silver}`);
  }
  const isLastKnown = targets.some(({ topic }) => topic === GOLD.topics[0]);
  if (!isLastKnown) {
    const all = [...targets, ...endsOf(measured, GOLD)];
    return goesOn(run, now, 'gold processes what silver published', { targets: all });
  }
  if (gold > 0) return goesOn(run, now, `gold has up to ${gold} blocks to process`);
  return succeeded(run, now, 'all stages have processed what was there at the start');
}

function endsOf(measured: Measured, stage: WorkerStage): Target[] {
  const byTopic = Map.groupBy(measured.stages.get(stage.name)!.partitions, ({ topic }) => topic);
  return Array.from(byTopic, ([topic, partitions]) => ({ topic, offsets: partitions.map(({ end }) => end) }));
}

/** Offsets that the stage still has to pass. */
function leftOf(measured: Measured, stage: WorkerStage, targets: readonly Target[]): number {
  const lefts = measured.stages.get(stage.name)!.partitions.map((one) => {
    const target = targets.find(({ topic }) => topic === one.topic)?.offsets[one.partition] ?? 0;
    return Math.max(0, target - positionOf(one));
  });
  return lefts.reduce((sum, left) => sum + left, 0);
}
