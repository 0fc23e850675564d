import { expect, test } from 'vitest';
import { aPipeline, aRun, deployments, measured, NOW, observed, pod, servers } from '../plan/testing/samples.ts';
import { GOLD, SILVER } from '../plan/stages.ts';
import { resultOf, type PipelineRun } from '../resources/pipeline-run.ts';
import { planRuns } from './plan-runs.ts';

const TRIGGERED = aPipeline({ spec: { mode: 'Triggered' } });
const ended = (name: string, status: 'True' | 'False'): PipelineRun => {
  const condition = { type: 'Succeeded', status, reason: 'Any', message: '', lastTransitionTime: '' };
  return aRun(name, {}, { startTime: '2026-03-01T01:00:00Z', conditions: [condition] });
};

type Positions = Parameters<typeof measured>[1];
const at = (seconds: number, positions: Positions) => {
  const now = NOW + seconds * 1000;
  return observed({ now, deployments: deployments(1), servers: servers({ measured: measured(now, positions) }) });
};

test('a Refresh ends when every stage has come to where the topics ended at its start, and silver to gold', () => {
  let run = aRun('r');
  const step = (seconds: number, positions: Positions): string => {
    const { updates } = planRuns(TRIGGERED, { ...at(seconds, positions), runs: [run] });
    run = { ...run, status: updates[0]!.status };
    return updates[0]!.status.conditions![0]!.message;
  };
  step(1, { bronze: [10, 100], silver: [20, 100], gold: [3, 5] });
  expect(run.status.targets).toEqual([{ topic: 'pos.inventory-change', offsets: [100] }]);
  expect(step(2, { bronze: [90, 150], silver: [60, 150], gold: [5, 8] })).toBe(
    'bronze has up to 10 records to process, silver up to 40',
  );
  // The tills go on: what comes after the start is not waited for.
  expect(step(3, { bronze: [120, 200], silver: [100, 200], gold: [8, 12] })).toBe(
    'gold processes what silver published',
  );
  expect(step(4, { bronze: [120, 200], silver: [150, 200], gold: [11, 30] })).toBe(
    'gold has up to 1 blocks to process',
  );
  step(5, { bronze: [120, 200], silver: [150, 200], gold: [12, 30] });
  expect(resultOf(run)).toBe('Succeeded');
  expect(run.status.completionTime).toBe(new Date(NOW + 5000).toISOString());
});

test('ends are not taken from a measure that is older than the run', () => {
  const { updates } = planRuns(TRIGGERED, {
    ...at(-60, { bronze: [1, 1], silver: [1, 1], gold: [1, 1] }),
    runs: [aRun('r')],
  });
  expect(updates[0]!.status).toMatchObject({ conditions: [{ status: 'Unknown', reason: 'Measuring' }] });
  expect(updates[0]!.status.startTime).toBeUndefined();
});

const STARTED = { startTime: new Date(NOW - 120_000).toISOString(), targets: [] };

test.each([
  ['Production', 5, undefined],
  ['Production', 6, 'StageFailed'],
  ['Development', 1, 'StageFailed'],
])('in %s a stage that was restarted %s times: %s', (environment, restarts, reason) => {
  const pipeline = aPipeline({ spec: { mode: 'Triggered', environment } });
  const pods = [pod(SILVER.name, { restarts, error: 'exit code 1: no' })];
  const { updates } = planRuns(pipeline, observed({ runs: [aRun('r', {}, STARTED)], pods }));
  const { status, reason: given } = updates[0]!.status.conditions![0]!;
  expect(status === 'False' ? given : undefined).toBe(reason);
});

test('a run that takes too long has failed', () => {
  const run = aRun('r', { deadlineSeconds: 60 }, STARTED);
  const { updates } = planRuns(TRIGGERED, observed({ runs: [run] }));
  expect(updates[0]!.status.conditions![0]).toMatchObject({ status: 'False', reason: 'DeadlineExceeded' });
});

test('one run at a time, the oldest first; the others say what they wait for', () => {
  const runs = [ended('old', 'True'), aRun('a', {}, STARTED), aRun('b'), aRun('c')];
  const plan = planRuns(TRIGGERED, observed({ runs }));
  expect(plan.active!.metadata.name).toBe('a');
  expect(
    plan.updates.slice(1).map(({ run, status }) => `${run.metadata.name}: ${status.conditions![0]!.message}`),
  ).toEqual(['b: a is done first', 'c: a is done first']);
});

test.each([
  ['Suspended', aPipeline({ spec: { mode: 'Triggered', suspend: true } }), {}],
  ['Paused', aPipeline({ annotations: { 'tillstream.dev/pause-reconciliation': 'true' } }), {}],
  ['SettingUp', TRIGGERED, { missing: ['Secret x'] }],
])('a run waits: %s', (reason, pipeline, state) => {
  const { updates } = planRuns(pipeline, observed({ runs: [aRun('r')], ...state }));
  expect(updates[0]!.status.conditions![0]).toMatchObject({ status: 'Unknown', reason });
});

test('what is done by asking others is noted as started before it is asked', () => {
  const first = planRuns(TRIGGERED, observed({ runs: [aRun('r', { type: 'Validate' })] }));
  expect(first.perform).toBeUndefined();
  const noted = { ...aRun('r', { type: 'Validate' }), status: first.updates[0]!.status };
  const second = planRuns(TRIGGERED, observed({ runs: [noted] }));
  expect(second.perform!.metadata.name).toBe('r');
});

test('of finished runs the latest are kept', () => {
  const runs = [
    ended('s1', 'True'),
    ended('f1', 'False'),
    ended('s2', 'True'),
    ended('s3', 'True'),
    ended('f2', 'False'),
  ];
  const { forget } = planRuns(TRIGGERED, observed({ runs }));
  expect(forget.map(({ metadata }) => metadata.name)).toEqual(['s1', 'f1']);
});

test('gold that has nothing to read is no hindrance', () => {
  const run = aRun(
    'r',
    {},
    {
      startTime: new Date(NOW).toISOString(),
      targets: [
        { topic: 'pos.inventory-change', offsets: [0] },
        { topic: GOLD.topics[0]!, offsets: [0] },
      ],
    },
  );
  const { updates } = planRuns(TRIGGERED, { ...at(9, { bronze: [0, 5], silver: [0, 5], gold: [0, 0] }), runs: [run] });
  expect(resultOf({ ...run, status: updates[0]!.status })).toBe('Succeeded');
});
