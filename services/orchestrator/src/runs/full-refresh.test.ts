import { expect, test } from 'vitest';
import { ERA } from '../plan/labels.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Observed } from '../plan/observed.ts';
import { planPipeline, type Plan } from '../plan/plan.ts';
import { GOLD } from '../plan/stages.ts';
import {
  aPipeline,
  aRun,
  deployment,
  deployments,
  measured,
  NOW,
  observed,
  pod,
  servers,
} from '../plan/testing/samples.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { resultOf, type PipelineRun } from '../resources/pipeline-run.ts';
import type { PodView } from '../resources/workload.ts';
import type { RefreshResult, RefreshTask, RefreshWork } from '../servers/refresh-work.ts';
import type { Measured } from '../servers/snapshot.ts';

const COMPUTED = { name: 'inventory_current_refresh_2_x', era: 2 };
const COMPARISON = { equalRows: 95, changedRows: 3, missingRows: 2, removedRows: 1, newerRows: 40, examples: ['a'] };
const RESULTS: Readonly<Record<RefreshTask['step'], RefreshResult>> = {
  Check: { missing: [] },
  Compute: { computed: COMPUTED },
  Compare: { comparison: COMPARISON },
  Touch: {},
  Replace: {},
  Discard: {},
};

type Positions = Parameters<typeof measured>[1];
const CAUGHT_UP: Positions = { bronze: [100, 100], silver: [100, 100], gold: [9, 9] };

/** A cluster that a FullRefresh is done in: pods of gold are what it says, tasks end when they are told to. */
class Scene {
  pipeline: Pipeline;
  run: PipelineRun;
  pods: readonly PodView[] = [goldPod('old', '1')];
  gold = deployment(GOLD.name, 1);
  positions = CAUGHT_UP;
  results = RESULTS;
  work: RefreshWork | undefined;
  readonly tasks: RefreshTask[] = [];
  readonly steps: (string | undefined)[] = [];
  plan: Plan | undefined;
  #seconds = 0;

  constructor(run: Partial<PipelineRun['spec']> = {}, pipeline = aPipeline()) {
    this.run = aRun('full', { type: 'FullRefresh', ...run });
    this.pipeline = pipeline;
  }

  /** One whose gold is of the new era. */
  static rolled(run: Partial<PipelineRun['spec']> = {}): Scene {
    const scene = new Scene(run);
    scene.lookUntil('Roll');
    scene.look();
    scene.roll();
    return scene;
  }

  get message(): string {
    return this.run.status.conditions?.[0]?.message ?? '';
  }

  /** One look, after everything was measured anew, and what it had done is done. */
  look(changes: { readonly measured?: Measured; readonly isWorkDone?: boolean } = {}): void {
    const now = NOW + ++this.#seconds * 1000;
    const figures = changes.measured ?? measured(now, this.positions);
    const state: Observed = observed({
      now,
      runs: [this.run],
      pods: this.pods,
      deployments: new Map([...deployments(1), [GOLD.name, this.gold]]),
      servers: servers({ measured: figures, storedEra: 1, refresh: this.work }),
    });
    this.plan = planPipeline(this.pipeline, state);
    this.run = { ...this.run, status: this.plan.runs.updates[0]!.status };
    this.pipeline = { ...this.pipeline, status: this.plan.status };
    if (this.steps.at(-1) !== this.run.status.step) this.steps.push(this.run.status.step);
    const task = this.plan.runs.work;
    if (task === undefined) return;
    this.tasks.push(task);
    const { step } = task;
    const outcome =
      changes.isWorkDone === false
        ? ({ state: 'Running' } as const)
        : ({ state: 'Done', result: this.results[step] } as const);
    this.work = { run: this.run.metadata.uid, step, outcome };
  }

  lookUntil(step: string): void {
    for (let looks = 0; this.run.status.step !== step; looks++) {
      if (looks === 50) throw new Error(`stays at ${this.run.status.step}: ${this.message}`);
      this.look();
    }
  }

  /** What Kubernetes makes of the Deployment that was applied. */
  roll(): void {
    const { metadata } = this.plan!.stages[2]!.existing.object as KubernetesObject;
    const labels = metadata.labels!;
    this.gold = deployment(GOLD.name, 1, { metadata: { ...this.gold.metadata, labels } });
    this.pods = [goldPod('new', labels[ERA]!)];
  }

  get goldSpec() {
    return this.plan!.stages[2]!.existing.object.spec as {
      readonly strategy: { readonly type: string };
      readonly template: { readonly spec: { readonly containers: [{ readonly env: readonly object[] }] } };
    };
  }
}

function goldPod(name: string, era: string): PodView {
  const one = pod(GOLD.name, {});
  return { ...one, metadata: { ...one.metadata, name, labels: { ...one.metadata.labels, [ERA]: era } } };
}

test('a FullRefresh raises the era, computes, lets the stages catch up, compares and replaces', () => {
  const scene = new Scene();
  scene.lookUntil('Roll');
  scene.look();
  expect(scene.pipeline.status.era).toBe(2);
  expect(scene.goldSpec.template.spec.containers[0].env).toContainEqual({ name: 'GOLD_ERA', value: '2' });
  scene.roll();
  for (let looks = 0; resultOf(scene.run) === undefined; looks++) {
    expect(looks, scene.message).toBeLessThan(50);
    scene.look();
  }
  expect(scene.steps).toEqual([
    'Check',
    'Roll',
    'Compute',
    'CatchUp',
    'Compare',
    'Touch',
    'Settle',
    'Replace',
    'Discard',
  ]);
  expect(scene.tasks[1]).toEqual({ step: 'Compute', era: 2, blockEnds: [9], cluster: undefined });
  expect(scene.message).toBe(
    'of 99 rows 3 had other values and 1 are not in silver; 2 were missing, 40 are newer than what was computed; ' +
      'gold is as computed, of era 2',
  );
  expect(scene.run.status).toMatchObject({ era: 2, comparedRows: 99, changedRows: 3, findings: ['a'] });
  expect(scene.pipeline.status.era).toBe(2);
});

test('pods of two eras never run beside each other: nothing is computed before the last one of the old era is gone', () => {
  const scene = new Scene();
  scene.lookUntil('Roll');
  scene.look();
  expect(scene.goldSpec.strategy.type).toBe('Recreate');
  expect(scene.message).toBe('gold-aggregator is changed to era 2');
  scene.roll();
  const settled = scene.gold;
  const notYet: [Partial<typeof settled>, readonly PodView[], string][] = [
    [
      { observedGeneration: 0 },
      scene.pods,
      '1 of 1 pods of gold-aggregator are of era 2, 0 of another one are not gone',
    ],
    [{ updatedReplicas: 0 }, [], '0 of 1 pods of gold-aggregator are of era 2, 0 of another one are not gone'],
    [{}, [goldPod('old', '1')], '1 of 1 pods of gold-aggregator are of era 2, 1 of another one are not gone'],
  ];
  for (const [changes, pods, message] of notYet) {
    scene.gold = { ...settled, ...changes };
    scene.pods = pods;
    scene.look();
    expect([scene.run.status.step, scene.message]).toEqual(['Roll', message]);
    expect(scene.goldSpec.strategy.type).toBe('Recreate');
  }
  scene.gold = settled;
  scene.pods = [goldPod('new', '2'), { ...goldPod('evicted', '1'), isOver: true }];
  scene.look();
  expect(scene.run.status.step).toBe('Compute');
  scene.look();
  expect(scene.goldSpec.strategy.type).toBe('RollingUpdate');
});

test('ends of the topic are those from after the change of era, and what was computed waits for gold', () => {
  const scene = Scene.rolled();
  const before = measured(NOW, CAUGHT_UP);
  scene.lookUntil('Compute');
  scene.look({ measured: before });
  expect(scene.tasks.at(-1)!.step).toBe('Check');
  scene.lookUntil('CatchUp');
  scene.positions = { bronze: [100, 150], silver: [120, 150], gold: [9, 12] };
  scene.look();
  scene.look();
  expect(scene.message).toBe('bronze has up to 50 records to process, silver up to 30');
  scene.positions = { bronze: [200, 250], silver: [200, 250], gold: [9, 14] };
  scene.look();
  scene.look();
  expect(scene.message).toBe('gold has up to 5 blocks to process');
  scene.positions = { bronze: [300, 350], silver: [300, 350], gold: [14, 20] };
  scene.look();
  expect(scene.run.status.step).toBe('Compare');
});

test('the end waits until gold has written again what differs', () => {
  const scene = Scene.rolled();
  scene.lookUntil('Settle');
  // Tills go on, which does not matter.
  scene.positions = { bronze: [100, 500], silver: [100, 500], gold: [9, 12] };
  for (let looks = 0; looks < 3; looks++) scene.look();
  expect([scene.run.status.step, scene.message]).toEqual(['Settle', 'gold has up to 3 blocks to process']);
  scene.positions = { bronze: [100, 900], silver: [100, 900], gold: [12, 20] };
  scene.look();
  expect(scene.run.status.step).toBe('Replace');
});

test('a new operator begins the step again, and one that goes on asks for nothing twice', () => {
  const scene = Scene.rolled();
  scene.lookUntil('Compute');
  scene.look({ isWorkDone: false });
  const known = scene.work;
  scene.look();
  expect(scene.run.status.step).toBe('Compute');
  scene.work = undefined;
  scene.look();
  expect(scene.tasks.map(({ step }) => step)).toEqual(['Check', 'Compute', 'Compute', 'Compute']);
  expect(known!.outcome.state).toBe('Running');
  scene.lookUntil('CatchUp');
  expect(scene.run.status.era).toBe(2);
});

test('compareOnly replaces nothing', () => {
  const scene = Scene.rolled({ compareOnly: true });
  for (let looks = 0; resultOf(scene.run) === undefined && looks < 50; looks++) scene.look();
  expect(scene.steps).toEqual(['Check', 'Roll', 'Compute', 'CatchUp', 'Compare', 'Discard']);
  expect(scene.message).toMatch(/newer than what was computed; none of it was changed$/);
});

const LOST = { topic: 'pos.inventory-change', partition: 3, start: 500, missing: 100 };
const LOST_TEXT =
  '100 records are neither in the topics nor in bronze: pos.inventory-change/3 begins at 500, bronze has 400 of the 500 before';

function withLostHistory(run: Partial<PipelineRun['spec']>): Scene {
  const scene = new Scene(run);
  scene.results = { ...RESULTS, Check: { missing: [LOST] } };
  for (let looks = 0; looks < 3; looks++) scene.look();
  return scene;
}

test('history that nobody has is a reason to refuse', () => {
  const { run, pipeline } = withLostHistory({});
  expect(run.status.conditions![0]).toMatchObject({
    status: 'False',
    reason: 'HistoryMissing',
    message: `${LOST_TEXT}; acceptMissingHistory in the run's spec goes on without them`,
  });
  expect(pipeline.status.era).toBe(1);
});

test('a run that accepts that warns and goes on', () => {
  const { run, plan } = withLostHistory({ acceptMissingHistory: true });
  expect(run.status.step).toBe('Roll');
  const { events } = plan!.runs.updates[0]!;
  expect(events).toMatchObject([{ type: 'Warning', reason: 'HistoryMissing', message: `full: ${LOST_TEXT}` }]);
});

test('a Pipeline that does not allow it refuses, and a step that ClickHouse refuses ends the run', () => {
  const refused = new Scene({}, aPipeline({ spec: { resetAllowed: false } }));
  refused.look();
  expect(refused.run.status.conditions![0]).toMatchObject({ status: 'False', reason: 'ResetNotAllowed' });
  const scene = new Scene();
  scene.lookUntil('Check');
  const outcome = { state: 'Failed', message: 'statement refused: not enough privileges' } as const;
  scene.work = { run: scene.run.metadata.uid, step: 'Check', outcome };
  scene.look();
  expect(scene.run.status.conditions![0]).toMatchObject({
    reason: 'StepFailed',
    message: 'Check: statement refused: not enough privileges',
  });
});

test('a Pipeline that is made anew goes on with the era that its rows have', () => {
  const state = observed({ servers: servers({ storedEra: 7 }) });
  expect(planPipeline(aPipeline(), state).status.era).toBe(7);
  expect(planPipeline(aPipeline({ status: { era: 9 } }), state).status.era).toBe(9);
});
