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
  const { targets, startTime } = run.status;
  const isBegun = startTime !== undefined && targets !== undefined;
  const failure =
    isBegun && pipeline.spec.mode === 'Triggered' ? [...exhaustedStages(pipeline, observed)][0] : undefined;
  if (failure !== undefined) return failed(run, now, 'StageFailed', `${failure[0]} failed: ${failure[1]}`);
  const fresh = newerThan(startTime ?? run.metadata.creationTimestamp, servers.measured);
  if (fresh === undefined) return waitForFigures(run, observed);
  if (isBegun) return goOn(run, targets, { now, measured: fresh });
  return started(run, now, endsOf(fresh, BRONZE), 'bronze and silver process up to the ends of the topics');
}

function newerThan(time: string, measured: Measured | undefined): Measured | undefined {
  return measured !== undefined && measured.atMs >= Date.parse(time) ? measured : undefined;
}

function waitForFigures(run: PipelineRun, { now, servers }: Observed): RunUpdate {
  const message = servers.trouble ?? 'looks at the topics';
  return run.status.startTime === undefined ? waiting(run, now, 'Measuring', message) : goesOn(run, now, message);
}

type Now = { readonly now: number; readonly measured: Measured };

function goOn(run: PipelineRun, targets: readonly Target[], { now, measured }: Now): RunUpdate {
  const [bronze, silver, gold] = [BRONZE, SILVER, GOLD].map((stage) => leftOf(measured, stage, targets));
  if (bronze! + silver! > 0) {
    return goesOn(run, now, `bronze has up to ${bronze!} records to process, silver up to ${silver!}`);
  }
  if (!targets.some(({ topic }) => topic === GOLD.topics[0])) {
    return goesOn(run, now, 'gold processes what silver published', {
      targets: [...targets, ...endsOf(measured, GOLD)],
    });
  }
  if (gold! > 0) return goesOn(run, now, `gold has up to ${gold!} blocks to process`);
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
