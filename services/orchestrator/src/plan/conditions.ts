import { withActions } from '@tillstream/inventory';
import { isFalse, isTrue, isUnknown, type Condition, type Verdict } from '../resources/condition.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { JobView } from '../resources/workload.ts';
import { parseCron } from '../schedule/index.ts';
import type { SetUpPart } from '../servers/snapshot.ts';
import { lagOf } from '../servers/snapshot.ts';
import type { Observed } from './observed.ts';
import { podsOf } from './observed.ts';
import { isDrained, type Activity } from './running.ts';
import { GENERATOR, WORKER_STAGES, type WorkerStage } from './stages.ts';

/** Whether the pipeline can be run as it is declared; the API server has checked what one can see from the resource. */
export function accepted({ spec }: Pipeline, { missing, rival }: Observed): Verdict {
  if (rival !== undefined) {
    return isFalse(
      'ServersTaken',
      `${rival} uses the same Kafka or ClickHouse, and topics and tables have fixed names`,
    );
  }
  if (missing.length > 0) return isFalse('NotFound', `${missing.join(', ')} is not there: create it in this namespace`);
  try {
    if (spec.schedule !== undefined) parseCron(spec.schedule.cron, spec.schedule.timeZone);
  } catch (error) {
    return isFalse('InvalidSchedule', (error as Error).message);
  }
  try {
    withActions((spec.stages.silver.expectations ?? {}) as Parameters<typeof withActions>[0]);
  } catch (error) {
    return isFalse('InvalidExpectation', (error as Error).message);
  }
  return isTrue('Accepted');
}

/** Of topics or tables. What was there before is taken for there while it is looked at again. */
export function partReady(part: SetUpPart, { servers: { setUp } }: Observed, before: Condition | undefined): Verdict {
  if (setUp.state === 'Done' || (part === 'Topics' && setUp.part === 'Storage')) return isTrue('Ready');
  if (setUp.part !== part) return kept(before) ?? isUnknown('Waiting', 'comes after the topics');
  if (setUp.state === 'Pending') return kept(before) ?? isUnknown(setUp.reason, setUp.message);
  return isFalse(setUp.reason, setUp.message);
}

function kept(before: Condition | undefined): Verdict | undefined {
  if (before?.status !== 'True') return undefined;
  return { status: before.status, reason: before.reason, message: before.message };
}

export function stagesAvailable(
  observed: Observed,
  activity: Activity,
  wanted: ReadonlyMap<string, number | undefined>,
): Verdict {
  if (activity === 'Drain') return isTrue('Suspended');
  if (activity === 'Idle') return isTrue('Idle');
  for (const stage of WORKER_STAGES) {
    const trouble = troubleOf(observed, stage, wanted.get(stage.name));
    if (trouble !== undefined) return trouble;
  }
  return isTrue('AllStagesReady');
}

function troubleOf(observed: Observed, { name }: WorkerStage, wanted: number | undefined): Verdict | undefined {
  const deployment = observed.deployments.get(name);
  const failed = podsOf(observed, name).find(({ error }) => error !== undefined);
  if (failed !== undefined) return isFalse('StageFailed', `${failed.metadata.name} failed: ${failed.error!}`);
  const replicas = wanted ?? deployment?.wantedReplicas ?? 0;
  const ready = deployment?.readyReplicas ?? 0;
  return ready >= replicas
    ? undefined
    : missingPods(observed, name, `${ready} of ${replicas} pods of ${name} are ready`);
}

function missingPods(observed: Observed, stage: string, message: string): Verdict {
  const blocked = podsOf(observed, stage).find((pod) => pod.blocked !== undefined);
  if (blocked !== undefined) return isFalse('Blocked', `${blocked.metadata.name} can't start: ${blocked.blocked!}`);
  const trouble = observed.deployments.get(stage)?.trouble;
  return trouble === undefined ? isFalse('StageNotReady', message) : isFalse('PodsNotMade', `${stage}: ${trouble}`);
}

/** Whether the generator has sent everything; undefined where there is none. A failing one leaves the pipeline ready. */
export function generatorDone(
  { spec }: Pipeline,
  observed: Observed,
  job: JobView | undefined,
  before: Condition | undefined,
): Verdict | undefined {
  if (spec.stages.generator === undefined) return undefined;
  if (job === undefined) return isUnknown('NotStarted', 'its Job is not there yet');
  if (job.isComplete) return isTrue('AllSent');
  const pods = podsOf(observed, GENERATOR);
  const failed = pods.find(({ error }) => error !== undefined);
  if (failed !== undefined) return isFalse('GeneratorFailed', `${failed.metadata.name} failed: ${failed.error!}`);
  if (job.failure !== undefined) {
    // The pods of a Job that failed are deleted, and their last words with them.
    const isKnown = before?.reason === 'GeneratorFailed';
    return isFalse('GeneratorFailed', isKnown ? before.message : job.failure);
  }
  const stuck = pods.find(({ blocked }) => blocked !== undefined);
  if (stuck !== undefined) return isFalse('Blocked', `${stuck.metadata.name} can't start: ${stuck.blocked!}`);
  return spec.suspend ? isUnknown('Suspended', 'the pipeline is suspended') : isUnknown('Sending', 'it sends');
}

export function lagWithinTarget({ spec }: Pipeline, { servers }: Observed, activity: Activity): Verdict {
  if (activity !== 'Run') return isUnknown('NotRunning', 'nothing is to be processed now');
  if (servers.measured === undefined) return isUnknown('MetricsUnavailable', servers.trouble ?? 'not measured yet');
  for (const { field, name } of WORKER_STAGES) {
    const { seconds } = lagOf(servers.measured.stages.get(name)!);
    const { lagTargetSeconds } = spec.stages[field].scaling;
    if (seconds > lagTargetSeconds) {
      return isFalse(
        'LagAboveTarget',
        `records wait ${Math.round(seconds)} s for ${name}, more than ${lagTargetSeconds} s`,
      );
    }
  }
  return isTrue('WithinTarget');
}

/** Of all stages that are scaled: the first that something is wrong with. */
export function scalingConditions(
  { spec }: Pipeline,
  { scaling }: Observed,
  activity: Activity,
): Readonly<Record<'ScalingActive' | 'ScalingLimited', Verdict>> {
  const scaled = WORKER_STAGES.filter(({ field }) =>
    ['Auto', 'RecommendOnly'].includes(spec.stages[field].scaling.policy),
  );
  const decisions = activity === 'Run' ? scaled.flatMap(({ name }) => scaling.get(name) ?? []) : [];
  const find = (type: 'ScalingActive' | 'ScalingLimited', bad: 'True' | 'False'): Verdict | undefined => {
    const of = decisions.flatMap(({ conditions }) => conditions.filter((condition) => condition.type === type));
    const chosen = of.find(({ status }) => status === bad) ?? of[0];
    return chosen && { status: chosen.status, reason: chosen.reason, message: chosen.message };
  };
  const none = isUnknown(activity === 'Run' ? 'NotScaled' : 'NotRunning', '');
  return {
    ScalingActive: find('ScalingActive', 'False') ?? none,
    ScalingLimited: find('ScalingLimited', 'True') ?? none,
  };
}

export function drained(pipeline: Pipeline, observed: Observed, activity: Activity): Verdict {
  if (activity !== 'Drain') return isFalse('NotSuspended', 'the pipeline is not suspended');
  const isStopped = WORKER_STAGES.every(({ name }) => (observed.deployments.get(name)?.replicas ?? 0) === 0);
  if (!isStopped) return isFalse('Draining', 'pods finish what they have');
  if (isDrained(pipeline, observed)) return isTrue('Drained');
  return isFalse(
    'NotAllProcessed',
    `gold was stopped after ${pipeline.spec.drainSeconds} s; what silver published waits for it`,
  );
}

export function stalled(failures: ReadonlyMap<string, string>): Verdict {
  const [first] = failures;
  if (first === undefined) return isFalse('NotStalled', '');
  return isTrue(
    'StageFailed',
    `${first[0]} is stopped until the Pipeline is changed or asked to try again: ${first[1]}`,
  );
}

/** A template's pods are being replaced, or set-up is not done. */
export function progressing({ deployments, servers }: Observed): Verdict {
  if (servers.setUp.state !== 'Done') return isTrue('SettingUp', servers.setUp.message);
  for (const [name, one] of deployments) {
    const isOld = one.observedGeneration < (one.metadata.generation ?? 0) || one.updatedReplicas < one.wantedReplicas;
    if (isOld)
      return isTrue(
        'RollingOut',
        `${one.updatedReplicas} of ${one.wantedReplicas} pods of ${name} are of the latest template`,
      );
  }
  return isFalse('Settled', '');
}

/** The sum of the others. Lag is not part of it: who catches up is well. */
export function ready(verdicts: Readonly<Record<string, Verdict>>, activity: Activity): Verdict {
  for (const type of ['Accepted', 'TopicsReady', 'StorageReady']) {
    const verdict = verdicts[type]!;
    if (verdict.status !== 'True') return isFalse(verdict.reason, verdict.message);
  }
  const { Stalled, StagesAvailable } = verdicts;
  if (Stalled!.status === 'True') return isFalse(Stalled!.reason, Stalled!.message);
  if (activity === 'Drain') return isFalse('Suspended', 'the pipeline is suspended');
  if (StagesAvailable!.status !== 'True') return isFalse(StagesAvailable!.reason, StagesAvailable!.message);
  return isTrue(activity === 'Idle' ? 'Idle' : 'AllStagesReady', StagesAvailable!.message);
}
