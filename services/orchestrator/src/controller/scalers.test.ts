import { expect, test } from 'vitest';
import { GOLD, SILVER, type WorkerStage } from '../plan/stages.ts';
import { aPipeline, deployments, measured, NOW, servers } from '../plan/testing/samples.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { DeploymentView } from '../resources/workload.ts';
import { Scalers } from './scalers.ts';

const EVERY_MS = 15_000;

/** What is decided at each of some ticks. In the time between each partition gets 500 records, and 250 are done. */
function decisionsOf(pipeline: Pipeline, pods: ReadonlyMap<string, DeploymentView>, late: readonly WorkerStage[]) {
  const scalers = new Scalers({});
  return Array.from({ length: 6 }, (_, tick) => {
    const now = NOW + tick * EVERY_MS;
    const { stages } = measured(now, { bronze: [0, 0], silver: [0, 0], gold: [0, 0] });
    const lates = late.map(({ name, topics }) => {
      const partitions = [0, 1, 2, 3, 4, 5, 6, 7].map((partition) => ({
        topic: topics[0]!,
        partition,
        begin: 0,
        end: 5000 + 500 * tick,
        committed: 250 * tick,
        oldestWaitingSeconds: 60,
      }));
      return [name, { partitions, presences: [], busyRatios: [] }] as const;
    });
    const snapshot = servers({ measured: { atMs: now, stages: new Map([...stages, ...lates]) } });
    return scalers.decide({ pipeline, activity: 'Run', deployments: pods, servers: snapshot, now });
  });
}

const WITHOUT_NATS = aPipeline({ spec: { nats: undefined } });

test('without NATS, which tells how busy pods are, a stage that is late is scaled out by lag alone', () => {
  const decisions = decisionsOf(WITHOUT_NATS, deployments(1), [SILVER]).map((one) => one.get(SILVER.name)!);
  expect(decisions.find(({ action }) => action === 'Up')).toMatchObject({ reason: 'LagAboveTarget', replicas: 2 });
  expect(decisions.at(-1)!.conditions.find(({ type }) => type === 'ScalingActive')?.status).toBe('True');
});

test('silver is not scaled out while gold is late and has all the pods that it may have', () => {
  const decisions = decisionsOf(WITHOUT_NATS, deployments(1, 1, 4), [SILVER, GOLD]);
  expect(decisions.some((one) => one.get(SILVER.name)!.action === 'Up')).toBe(false);
  expect(decisions.at(-1)!.get(SILVER.name)).toMatchObject({
    reason: 'DownstreamBound',
    message: expect.stringContaining('s for gold-aggregator, which is limited: AtMax'),
  });
});
