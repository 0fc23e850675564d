import { eraOf, unchangedGold } from '../plan/era.ts';
import type { Observed } from '../plan/observed.ts';
import { BRONZE, GOLD } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { PipelineRun, PipelineRunStatus } from '../resources/pipeline-run.ts';
import type { RefreshResult, RefreshTask } from '../servers/refresh-work.ts';
import type { Measured } from '../servers/snapshot.ts';
import { catchUp, endsOf, newerThan } from './catch-up.ts';
import { comparedFields, comparedText, historyText } from './full-refresh-texts.ts';
import { stageFailure } from './refresh.ts';
import { failed, goesOn, succeeded, type RunUpdate } from './run-outcome.ts';

export type FullRefreshPlan = { readonly update: RunUpdate; readonly work?: RefreshTask };

type Context = { readonly run: PipelineRun; readonly pipeline: Pipeline; readonly observed: Observed };
type StepName = NonNullable<PipelineRunStatus['step']>;

/** Versions have 16 bits for it. */
const MOST_ERAS = 65_535;

/**
 * The next step of a FullRefresh. Gold's pods change to the next era, none of the old one beside any of the new one.
 * Then gold is computed from silver into a table of its own, with versions that stand for all blocks published so far:
 * what workers write of later blocks wins. When they have caught up with what was computed, both are compared. Gold
 * writes again what differs, so that readers of its feed learn of it, and what was computed is inserted. Every step is
 * noted before it is begun, and can be begun again.
 */
export function fullRefresh(context: Context): FullRefreshPlan {
  const { run, pipeline, observed } = context;
  const failure = stageFailure(run, pipeline, observed);
  if (failure !== undefined) return { update: failure };
  const { step } = run.status;
  return step === undefined ? { update: begin(context) } : STEPS[step](context);
}

const STEPS: Readonly<Record<StepName, (context: Context) => FullRefreshPlan>> = {
  Check: check,
  Roll: (context) => ({ update: roll(context) }),
  Compute: compute,
  CatchUp: (context) => ({ update: caughtUp(context, 'Compare', 'what was computed is compared with gold') }),
  Compare: compare,
  Touch: touch,
  Settle: (context) => ({ update: caughtUp(context, 'Replace', comparedText(context.run.status)) }),
  Replace: replace,
  Discard: discard,
};

function begin({ run, pipeline, observed: { now } }: Context): RunUpdate {
  if (!pipeline.spec.resetAllowed) {
    return failed(run, now, 'ResetNotAllowed', `resetAllowed of Pipeline ${pipeline.metadata.name} is false`);
  }
  const startTime = new Date(now).toISOString();
  return enter(run, now, 'looks whether all history is there', { step: 'Check', startTime });
}

function check(context: Context): FullRefreshPlan {
  const { run, pipeline, observed } = context;
  const { now } = observed;
  const fresh = freshOf(context);
  const task = fresh && checkTask(fresh);
  return afterWork(context, { message: 'looks whether all history is there', task }, ({ missing = [] }) => {
    if (missing.length > 0 && run.spec.acceptMissingHistory !== true) {
      const message = `${historyText(missing)}; acceptMissingHistory in the run's spec goes on without them`;
      return failed(run, now, 'HistoryMissing', message);
    }
    const era = eraOf(pipeline, observed) + 1;
    if (era > MOST_ERAS) return failed(run, now, 'NoMoreEras', `${MOST_ERAS} eras are all that versions have room for`);
    const update = enter(run, now, `${GOLD.name} is changed to era ${era}`, { step: 'Roll', era });
    if (missing.length === 0) return update;
    const warning = { type: 'Warning', reason: 'HistoryMissing', action: 'FullRefresh' } as const;
    return { ...update, events: [{ ...warning, message: `${run.metadata.name}: ${historyText(missing)}` }] };
  });
}

function checkTask(measured: Measured): RefreshTask {
  const { partitions } = measured.stages.get(BRONZE.name)!;
  return {
    step: 'Check',
    partitions: partitions.map(({ topic, partition, begin: start }) => ({ topic, partition, start })),
  };
}

function roll({ run, observed }: Context): RunUpdate {
  const unchanged = unchangedGold(observed, run.status.era!);
  if (unchanged !== undefined) return goesOn(run, observed.now, unchanged);
  return enter(run, observed.now, 'gold is computed beside the live table', { step: 'Compute' });
}

/** What is below the ends is stored in silver, for silver stores before it publishes. */
function compute(context: Context): FullRefreshPlan {
  const { run, pipeline, observed } = context;
  const fresh = freshOf(context);
  const cluster = pipeline.spec.clickhouse.cluster?.name;
  const task = fresh && {
    step: 'Compute' as const,
    era: run.status.era!,
    blockEnds: endsOf(fresh, GOLD)[0]!.offsets,
    cluster,
  };
  return afterWork(context, { message: 'gold is computed beside the live table', task }, ({ computed }) => {
    const message = 'the stages process what was computed';
    return enter(run, observed.now, message, { step: 'CatchUp', computedTable: computed!.name });
  });
}

/**
 * Before they are compared: what is computed and waits for gold would be taken for a difference. Before the end: pods of
 * a Triggered pipeline end with the run, and readers of the feed would learn of it with the next one.
 */
function caughtUp(context: Context, step: StepName, message: string): RunUpdate {
  const { run, observed } = context;
  const { now, servers } = observed;
  const { targets } = run.status;
  const fresh = freshOf(context);
  if (fresh === undefined) return goesOn(run, now, servers.trouble ?? 'looks at the topics');
  if (targets === undefined) {
    return goesOn(run, now, 'the stages process what was computed', { targets: endsOf(fresh, BRONZE) });
  }
  const news = catchUp(targets, fresh);
  if (news.isDone) return enter(run, now, message, { step });
  return goesOn(run, now, news.message, news.targets === undefined ? {} : { targets: [...news.targets] });
}

function compare(context: Context): FullRefreshPlan {
  const { run, observed } = context;
  const task: RefreshTask = { step: 'Compare', gold: computedOf(context) };
  return afterWork(context, { message: 'what was computed is compared with gold', task }, ({ comparison }) => {
    const fields = comparedFields(comparison!);
    const step = run.spec.compareOnly === true ? 'Discard' : 'Touch';
    return enter(run, observed.now, comparedText(fields), { ...fields, step });
  });
}

function touch(context: Context): FullRefreshPlan {
  const { run, observed } = context;
  const task: RefreshTask = { step: 'Touch', gold: computedOf(context) };
  return afterWork(context, { message: comparedText(run.status), task }, () => {
    // What bronze and silver have to do does not matter any more.
    return enter(run, observed.now, 'gold writes again what differs', { step: 'Settle', targets: [] });
  });
}

function replace(context: Context): FullRefreshPlan {
  const { run, observed } = context;
  const message = comparedText(run.status);
  const task: RefreshTask = { step: 'Replace', gold: computedOf(context) };
  return afterWork(context, { message, task }, () => enter(run, observed.now, message, { step: 'Discard' }));
}

/** A step of its own: whoever repeats the one before finds its table. */
function discard(context: Context): FullRefreshPlan {
  const { run, observed } = context;
  const text = comparedText(run.status);
  const task: RefreshTask = { step: 'Discard', gold: computedOf(context) };
  return afterWork(context, { message: text, task }, () => {
    const isReplaced = run.spec.compareOnly !== true;
    const end = isReplaced ? `gold is as computed, of era ${run.status.era!}` : 'none of it was changed';
    return succeeded(run, observed.now, `${text}; ${end}`);
  });
}

function computedOf({ run, pipeline }: Context) {
  const { computedTable, era } = run.status;
  return { name: computedTable!, era: era!, cluster: pipeline.spec.clickhouse.cluster?.name };
}

type Work = {
  readonly message: string;
  /** Undefined while it waits for figures that are newer than the step. */
  readonly task: RefreshTask | undefined;
};

/** Has the task done, and then goes on. */
function afterWork(
  { run, observed }: Context,
  { message, task }: Work,
  goOn: (result: RefreshResult) => RunUpdate,
): FullRefreshPlan {
  const { now, servers } = observed;
  const { step } = run.status;
  const known = servers.refresh;
  const isOurs = known?.run === run.metadata.uid && known.step === step;
  if (isOurs && known.outcome.state === 'Done') return { update: goOn(known.outcome.result) };
  if (isOurs && known.outcome.state === 'Failed') {
    return { update: failed(run, now, 'StepFailed', `${step!}: ${known.outcome.message}`) };
  }
  if (task === undefined) return { update: goesOn(run, now, servers.trouble ?? message) };
  return { update: goesOn(run, now, message), work: task };
}

/** Figures from after the step was begun. */
function freshOf({ run, observed }: Context): Measured | undefined {
  return newerThan(run.status.stepTime!, observed.servers.measured);
}

type Entered = Partial<PipelineRunStatus> & { readonly step: StepName };

function enter(run: PipelineRun, now: number, message: string, status: Entered): RunUpdate {
  return goesOn(run, now, message, { ...status, stepTime: new Date(now).toISOString() });
}
