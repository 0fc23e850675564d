import { describe, expect, test } from 'vitest';
import type { Condition } from '../resources/condition.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { JobView, PodView } from '../resources/workload.ts';
import type { ScalingDecision } from '../scaling/index.ts';
import type { Observed } from './observed.ts';
import { planPipeline, type Plan } from './plan.ts';
import { GENERATOR, GOLD, SILVER } from './stages.ts';
import { aPipeline, aRun, deployment, deployments, measured, NOW, observed, pod, servers } from './testing/samples.ts';

const replicasIn = ({ stages }: Plan): readonly (number | undefined)[] => stages.map(({ replicas }) => replicas);
const conditionIn = ({ status }: Plan, type: string): Condition => status.conditions!.find((one) => one.type === type)!;
const reasonIn = (plan: Plan, type: string): string => {
  const { status, reason } = conditionIn(plan, type);
  return `${status} ${reason}`;
};
const later = (pipeline: Pipeline, { status }: Plan): Pipeline => ({ ...pipeline, status });

const RUNNING = { status: { startTime: new Date(NOW - 60_000).toISOString(), targets: [] } };
const SUSPENDED = { spec: { suspend: true } };

describe('a continuous pipeline', () => {
  test('has nothing before its topics and tables are there', () => {
    const setUp = { state: 'Failed', part: 'Storage', reason: 'AccessDenied', message: 'no such user' } as const;
    const plan = planPipeline(aPipeline(), observed({ servers: servers({ setUp }) }));
    expect(plan.mayTouch).toBe(false);
    expect(reasonIn(plan, 'TopicsReady')).toBe('True Ready');
    expect(reasonIn(plan, 'StorageReady')).toBe('False AccessDenied');
    expect(conditionIn(plan, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'AccessDenied',
      message: 'no such user',
    });
  });

  test('starts every stage with its least number of pods', () => {
    const plan = planPipeline(aPipeline({ stages: { silver: { replicas: { min: 2, max: 4 } } } }), observed());
    expect(replicasIn(plan)).toEqual([1, 2, 1]);
    expect(plan.stages[1]!.initial.object.spec).toMatchObject({ replicas: 2 });
    expect(plan.stages[1]!.existing.object.spec).not.toHaveProperty('replicas');
    expect(reasonIn(plan, 'StagesAvailable')).toBe('False StageNotReady');
  });

  test('is ready when all pods are, whatever the lag', () => {
    const lagging = measured(NOW, { bronze: [10, 10], silver: [10, 99_123], gold: [5, 5] });
    const plan = planPipeline(
      aPipeline(),
      observed({ deployments: deployments(1), servers: servers({ measured: lagging }) }),
    );
    expect(reasonIn(plan, 'Ready')).toBe('True AllStagesReady');
    expect(reasonIn(plan, 'LagWithinTarget')).toBe('False LagAboveTarget');
    expect(plan.status.lag).toEqual({ records: 99_000, seconds: 99_000 });
  });

  test('what was ready stays so while a new operator looks at it again', () => {
    const first = planPipeline(aPipeline(), observed({ deployments: deployments(1) }));
    const setUp = { state: 'Pending', part: 'Topics', reason: 'Connecting', message: '' } as const;
    const pipeline = later(aPipeline(), first);
    const plan = planPipeline(pipeline, observed({ deployments: deployments(1), servers: servers({ setUp }) }));
    expect(reasonIn(plan, 'Ready')).toBe('True AllStagesReady');
    expect(plan.events).toEqual([]);
    expect(plan.mayTouch).toBe(true);
  });

  test('does nothing twice: the same again changes no status and tells no event', () => {
    const state = observed({ deployments: deployments(1) });
    const first = planPipeline(aPipeline(), state);
    const second = planPipeline(later(aPipeline(), first), { ...state, now: NOW + 60_000 });
    expect(second.status).toEqual(first.status);
    expect(second.events).toEqual([]);
  });
});

describe('what is not accepted', () => {
  test.each<[string, Parameters<typeof aPipeline>[0], Partial<Observed>, string]>([
    ['a Secret that is not there', {}, { missing: ['Secret kafka'] }, 'NotFound'],
    ['servers of an older pipeline', {}, { rival: 'shop/older' }, 'ServersTaken'],
    [
      'a rule that is not declared',
      { stages: { silver: { expectations: { known_itme: 'drop' } } } },
      {},
      'InvalidExpectation',
    ],
    [
      'a time zone that is not there',
      { spec: { mode: 'Triggered', schedule: schedule({ timeZone: 'Mars/Base' }) } },
      {},
      'InvalidSchedule',
    ],
  ])('%s: what runs stays as it is', (_, changes, state, reason) => {
    const plan = planPipeline(aPipeline(changes), observed({ deployments: deployments(2), ...state }));
    expect(plan.mayTouch).toBe(false);
    expect(reasonIn(plan, 'Accepted')).toBe(`False ${reason}`);
    expect(plan.events.map((event) => event.reason)).toEqual([reason]);
  });
});

describe('scaling', () => {
  const decision: ScalingDecision = {
    action: 'Up',
    replicas: 3,
    recommended: 3,
    reason: 'LagAboveTarget',
    message: 'need 3000 records/s, 1000 per pod',
    conditions: [{ type: 'ScalingActive', status: 'True', reason: 'Active', message: '' }],
  };
  const state = observed({ deployments: deployments(2), scaling: new Map([[SILVER.name, decision]]) });
  const withPolicy = (policy: string, environment = 'Production') => {
    const { scaling } = aPipeline().spec.stages.silver;
    return aPipeline({
      spec: { environment },
      stages: { silver: { replicas: { min: 1, max: 4 }, scaling: { ...scaling, policy } } },
    });
  };

  test('does what the autoscaler decides, and tells its arithmetic', () => {
    const plan = planPipeline(withPolicy('Auto'), state);
    expect(replicasIn(plan)).toEqual([2, 3, 2]);
    expect(plan.events).toContainEqual({
      type: 'Normal',
      reason: 'ScaledUp',
      action: 'Scale',
      message: 'silver-normalizer from 2 to 3 pods: need 3000 records/s, 1000 per pod',
    });
    const again = planPipeline(later(withPolicy('Auto'), plan), { ...state, now: NOW + 100 });
    expect(again.events).toEqual([]);
  });

  test.each([
    ['RecommendOnly', 'Production', undefined],
    ['Auto', 'Development', undefined],
    ['External', 'Production', undefined],
    ['Fixed', 'Production', 1],
  ])('%s in %s leaves silver at %s', (policy, environment, replicas) => {
    const plan = planPipeline(withPolicy(policy, environment), state);
    expect(plan.stages[1]!.replicas).toBe(replicas);
  });

  test('what is only recommended is told, each number once', () => {
    const pipeline = withPolicy('RecommendOnly');
    const message = 'need 3000 records/s; would set 3 pods, but only recommends';
    const recommended = { ...decision, action: 'Keep', reason: 'RecommendOnly', replicas: 2, message } as const;
    const recommending = { ...state, scaling: new Map([[SILVER.name, recommended]]) };
    const plan = planPipeline(pipeline, recommending);
    expect(plan.events).toContainEqual(
      expect.objectContaining({ reason: 'ScalingRecommended', message: `silver-normalizer: ${message}` }),
    );
    expect(planPipeline(later(pipeline, plan), recommending).events).toEqual([]);
  });

  test('the limits hold whatever is decided, and the number of partitions too', () => {
    const few = aPipeline({ spec: { kafka: { ...aPipeline().spec.kafka, partitions: 2 } } });
    expect(planPipeline(few, { ...state, deployments: deployments(4) }).stages[0]!.replicas).toBe(2);
  });

  test('one that was stopped comes back with its least number of pods', () => {
    expect(replicasIn(planPipeline(withPolicy('External'), { ...state, deployments: deployments(0) }))).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('suspended', () => {
  const drained = measured(NOW + 5000, { bronze: [9, 9], silver: [9, 99], gold: [7, 7] });

  test('sources stop first, then gold when it has everything', () => {
    const pipeline = aPipeline(SUSPENDED);
    const first = planPipeline(pipeline, observed({ deployments: deployments(2) }));
    expect(replicasIn(first)).toEqual([0, 0, undefined]);
    expect(reasonIn(first, 'Drained')).toBe('False Draining');
    const stopped = observed({ now: NOW + 1000, deployments: deployments(0, 0, 2) });
    const second = planPipeline(later(pipeline, first), stopped);
    expect(replicasIn(second)).toEqual([0, 0, undefined]);
    const third = planPipeline(later(pipeline, second), { ...stopped, servers: servers({ measured: drained }) });
    expect(replicasIn(third)).toEqual([0, 0, 0]);
    const last = observed({ now: NOW + 9000, deployments: deployments(0), servers: servers({ measured: drained }) });
    const fourth = planPipeline(later(pipeline, third), last);
    expect([reasonIn(fourth, 'Drained'), reasonIn(fourth, 'Ready')]).toEqual(['True Drained', 'False Suspended']);
  });

  test('gold does not go on for longer than it may', () => {
    const pipeline = aPipeline(SUSPENDED);
    const first = planPipeline(pipeline, observed({ deployments: deployments(1) }));
    const lagging = servers({ measured: measured(NOW + 61_000, { bronze: [9, 9], silver: [9, 9], gold: [1, 7] }) });
    const over = observed({ now: NOW + 61_000, deployments: deployments(0, 0, 1), servers: lagging });
    const second = planPipeline(later(pipeline, first), over);
    expect(replicasIn(second)).toEqual([0, 0, 0]);
    const third = planPipeline(later(pipeline, second), { ...over, deployments: deployments(0) });
    expect(reasonIn(third, 'Drained')).toBe('False NotAllProcessed');
  });

  test('a measure from before the sources had stopped says nothing', () => {
    const stoppedAt = { startedAt: new Date(NOW).toISOString(), sourcesStoppedAt: new Date(NOW + 6000).toISOString() };
    const pipeline = aPipeline({ ...SUSPENDED, status: { drain: stoppedAt } });
    const plan = planPipeline(
      pipeline,
      observed({ now: NOW + 7000, deployments: deployments(0, 0, 1), servers: servers({ measured: drained }) }),
    );
    expect(replicasIn(plan)).toEqual([0, 0, undefined]);
  });
});

describe('a stage that fails', () => {
  const failing = (restarts: number, ranSeconds = 5): Partial<Observed> => ({
    deployments: new Map([...deployments(1), [GOLD.name, deployment(GOLD.name, 1, { readyReplicas: 0 })]]),
    pods: [pod(GOLD.name, { restarts, ranSeconds, error: 'exit code 1: a block cannot be read' })],
  });

  test.each([
    ['failed for less than a day goes on', {}, failing(300), 1],
    ['failed for more than a day is stopped', {}, failing(301), 0],
    ['was restarted often in a long life goes on', {}, failing(301, 600), 1],
    ['failed more often than the Pipeline allows is stopped', { restartLimit: 3 }, failing(4), 0],
  ])('in Production one that %s', (_, spec, found, replicas) => {
    const plan = planPipeline(aPipeline({ spec }), observed(found));
    expect(conditionIn(plan, 'Stalled').status).toBe(replicas === 0 ? 'True' : 'False');
    expect(plan.stages[2]!.replicas).toBe(replicas);
  });

  test('is restarted in Production, and the error is shown', () => {
    const plan = planPipeline(aPipeline(), observed(failing(99)));
    expect(replicasIn(plan)).toEqual([1, 1, 1]);
    expect(conditionIn(plan, 'Ready')).toMatchObject({
      reason: 'StageFailed',
      message: 'gold-aggregator-x failed: exit code 1: a block cannot be read',
    });
  });

  test('is stopped in Development, and stays so until the pipeline is changed or asked to try again', () => {
    const pipeline = aPipeline({ spec: { environment: 'Development' } });
    const first = planPipeline(pipeline, observed(failing(1)));
    expect(first.stages[2]!.replicas).toBe(0);
    expect(reasonIn(first, 'Stalled')).toBe('True StageFailed');
    const stopped = observed({ deployments: deployments(1, 1, 0) });
    const second = planPipeline(later(pipeline, first), stopped);
    expect(second.stages[2]!.replicas).toBe(0);
    const asked = aPipeline({
      spec: { environment: 'Development' },
      annotations: { 'tillstream.dev/requestedAt': 'now' },
      status: second.status,
    });
    expect(planPipeline(asked, stopped).stages[2]!.replicas).toBe(1);
  });
});

describe('hands off', () => {
  test.each([
    ['true', false],
    ['2026-03-01T13:00:00Z', false],
    ['2026-03-01T11:00:00Z', true],
    ['false', true],
  ])('pause-reconciliation %s: touched %s', (value, isTouched) => {
    const pipeline = aPipeline({ ...SUSPENDED, annotations: { 'tillstream.dev/pause-reconciliation': value } });
    const plan = planPipeline(pipeline, observed({ deployments: deployments(2) }));
    expect(plan.mayTouch).toBe(isTouched);
    expect(conditionIn(plan, 'ReconciliationPaused').status).toBe(isTouched ? 'False' : 'True');
  });
});

describe('a triggered pipeline', () => {
  test('has no pods between runs, in Development those that it has', () => {
    const production = aPipeline({ spec: { mode: 'Triggered' } });
    expect(replicasIn(planPipeline(production, observed({ deployments: deployments(2) })))).toEqual([0, 0, 0]);
    expect(reasonIn(planPipeline(production, observed({ deployments: deployments(0) })), 'Ready')).toBe('True Idle');
    const development = aPipeline({ spec: { mode: 'Triggered', environment: 'Development' } });
    expect(replicasIn(planPipeline(development, observed({ deployments: deployments(2) })))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(replicasIn(planPipeline(development, observed()))).toEqual([0, 0, 0]);
  });

  test('has pods while a run goes on', () => {
    const run = aRun('r', {}, { ...RUNNING.status });
    const plan = planPipeline(
      aPipeline({ spec: { mode: 'Triggered' } }),
      observed({ runs: [run], deployments: deployments(0) }),
    );
    expect(replicasIn(plan)).toEqual([1, 1, 1]);
    expect(plan.status.activeRun).toBe('r');
  });

  test('a run that is due is made, under the name of its time', () => {
    const pipeline = aPipeline({ spec: { mode: 'Triggered', schedule: schedule() } });
    const plan = planPipeline(pipeline, observed());
    expect(plan.createRun).toMatchObject({
      metadata: { name: `inventory-${NOW / 60_000}`, namespace: 'shop' },
      spec: { pipeline: 'inventory', type: 'Refresh', cause: 'Schedule' },
    });
    expect(plan.status).toMatchObject({
      lastScheduleTime: '2026-03-01T12:00:00.000Z',
      nextScheduleTime: '2026-03-01T12:15:00.000Z',
    });
    const again = planPipeline(later(pipeline, plan), observed({ now: NOW + 1000 }));
    expect(again.createRun).toBeUndefined();
  });

  test('Replace ends the run before, and does not go on with it', () => {
    const pipeline = aPipeline({ spec: { mode: 'Triggered', schedule: schedule({ concurrencyPolicy: 'Replace' }) } });
    const plan = planPipeline(
      pipeline,
      observed({ runs: [aRun('before', {}, RUNNING.status)], deployments: deployments(1) }),
    );
    expect(plan.cancelled.map(({ run, status }) => [run.metadata.name, status.conditions![0]!.reason])).toEqual([
      ['before', 'Cancelled'],
    ]);
    expect(plan.runs.updates).toEqual([]);
    expect(plan.createRun).toBeDefined();
  });

  test('Forbid leaves the new one out, and says so', () => {
    const pipeline = aPipeline({ spec: { mode: 'Triggered', schedule: schedule() } });
    const plan = planPipeline(
      pipeline,
      observed({ runs: [aRun('before', {}, RUNNING.status)], deployments: deployments(1) }),
    );
    expect(plan.createRun).toBeUndefined();
    expect(plan.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'MissedSchedule' }));
  });

  test('nothing from before a change of the schedule was missed', () => {
    const known = { cron: '0 0 1 1 *', timeZone: 'Etc/UTC', since: '2026-03-01T00:00:00.000Z' };
    const pipeline = aPipeline({ spec: { mode: 'Triggered', schedule: schedule() }, status: { schedule: known } });
    const plan = planPipeline(pipeline, observed({ now: NOW + 30_000 }));
    expect(plan.createRun).toBeUndefined();
    expect(plan.status.schedule).toEqual({
      cron: '*/15 * * * *',
      timeZone: 'Etc/UTC',
      since: '2026-03-01T12:00:30.000Z',
    });
  });
});

describe('the generator', () => {
  const generator = { transactions: 10, stores: 2, items: 1, seed: 1, recordsPerSecond: 0 };
  const jobIn = (plan: Plan) => plan.others.find(({ kind }) => kind.kind === 'Job');

  test('is a Job that another input replaces', () => {
    const first = jobIn(planPipeline(aPipeline({ stages: { generator } }), observed()))!;
    const jobs = [job({ name: first.object.metadata.name })];
    const same = planPipeline(aPipeline({ stages: { generator } }), observed({ jobs }));
    expect(same.deletions).toEqual([]);
    const other = planPipeline(aPipeline({ stages: { generator: { ...generator, seed: 2 } } }), observed({ jobs }));
    expect(jobIn(other)!.object.metadata.name).not.toBe(first.object.metadata.name);
    expect(other.deletions.map(({ name }) => name.name)).toEqual([first.object.metadata.name]);
  });

  const asIs = aPipeline({ stages: { generator } });
  const name = jobIn(planPipeline(asIs, observed()))!.object.metadata.name;
  const words = 'exit code 1: the topic is not there';

  test.each<[string, Partial<JobView>, Partial<PodView> | undefined, string]>([
    ['is there', {}, undefined, 'Unknown Sending: it sends'],
    ['fails', {}, { error: words }, `False GeneratorFailed: generator-x failed: ${words}`],
    [
      'cannot start',
      {},
      { blocked: 'Unschedulable: 0/1' },
      "False Blocked: generator-x can't start: Unschedulable: 0/1",
    ],
    [
      'has failed too often',
      { failure: 'BackoffLimitExceeded: it' },
      undefined,
      'False GeneratorFailed: BackoffLimitExceeded: it',
    ],
    ['has sent everything', { isComplete: true }, undefined, 'True AllSent: '],
  ])('%s: a condition says so', (_, changes, failing, said) => {
    const pods = failing === undefined ? [] : [pod('generator', failing)];
    const plan = planPipeline(asIs, observed({ jobs: [{ ...job({ name }), ...changes }], pods }));
    const { status, reason, message } = conditionIn(plan, 'GeneratorDone');
    expect(`${status} ${reason}: ${message}`).toBe(said);
  });

  test('its last words are told, stay when its pods are gone, and leave the pipeline ready', () => {
    const state = observed({ jobs: [job({ name })], deployments: deployments(1) });
    const first = planPipeline(asIs, { ...state, pods: [pod('generator', { error: words })] });
    expect(first.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GeneratorFailed' }));
    expect(conditionIn(first, 'Ready').status).toBe('True');
    const over = { ...state, jobs: [{ ...job({ name }), failure: 'BackoffLimitExceeded: it' }] };
    const second = planPipeline(later(asIs, first), over);
    expect(conditionIn(second, 'GeneratorDone').message).toContain(words);
  });

  test('is tried again in Production; in Development its pod stays as it failed', () => {
    expect(jobIn(planPipeline(asIs, observed()))!.object.spec).toMatchObject({
      template: { spec: { restartPolicy: 'OnFailure' } },
    });
    const development = aPipeline({ spec: { environment: 'Development' }, stages: { generator } });
    expect(jobIn(planPipeline(development, observed()))!.object.spec).toMatchObject({
      backoffLimit: 0,
      template: { spec: { restartPolicy: 'Never' } },
    });
  });

  test('is suspended with its pipeline', () => {
    const job = jobIn(planPipeline(aPipeline({ ...SUSPENDED, stages: { generator } }), observed()));
    expect(job!.object.spec).toMatchObject({ suspend: true });
  });
});

function job({ name }: { readonly name: string }): JobView {
  return { metadata: { ...deployment(GENERATOR, 1).metadata, name }, isComplete: false, failure: undefined };
}

function schedule(changes: object = {}) {
  return {
    cron: '*/15 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 300,
    ...changes,
  };
}
