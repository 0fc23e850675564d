import { exhaustedStages } from '../plan/running.ts';
import type { Observed } from '../plan/observed.ts';
import { BRONZE } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { PipelineRun } from '../resources/pipeline-run.ts';
import { catchUp, endsOf, newerThan } from './catch-up.ts';
import { failed, goesOn, started, succeeded, waiting, type RunUpdate } from './run-outcome.ts';

/**
 * The next step of a Refresh: note the ends of the input topics; when bronze and silver have come so far, note the end of
 * what silver published; when gold has come so far, it is done. What comes later may be processed too, which changes
 * nothing: results depend on the set of records.
 */
export function refresh(run: PipelineRun, pipeline: Pipeline, observed: Observed): RunUpdate {
  const { now, servers } = observed;
  const { targets, startTime } = run.status;
  const isBegun = startTime !== undefined && targets !== undefined;
  const failure = isBegun ? stageFailure(run, pipeline, observed) : undefined;
  if (failure !== undefined) return failure;
  const fresh = newerThan(startTime ?? run.metadata.creationTimestamp, servers.measured);
  if (fresh === undefined) return waitForFigures(run, observed);
  if (!isBegun) {
    return started(run, now, endsOf(fresh, BRONZE), 'bronze and silver process up to the ends of the topics');
  }
  const news = catchUp(targets, fresh);
  if (news.isDone) return succeeded(run, now, 'all stages have processed what was there at the start');
  return goesOn(run, now, news.message, news.targets === undefined ? {} : { targets: [...news.targets] });
}

/** Stages of a Triggered pipeline do not go on failing for ever. */
export function stageFailure(run: PipelineRun, pipeline: Pipeline, observed: Observed): RunUpdate | undefined {
  if (pipeline.spec.mode !== 'Triggered') return undefined;
  const [failure] = exhaustedStages(pipeline, observed);
  return failure && failed(run, observed.now, 'StageFailed', `${failure[0]} failed: ${failure[1]}`);
}

function waitForFigures(run: PipelineRun, { now, servers }: Observed): RunUpdate {
  const message = servers.trouble ?? 'looks at the topics';
  return run.status.startTime === undefined ? waiting(run, now, 'Measuring', message) : goesOn(run, now, message);
}
