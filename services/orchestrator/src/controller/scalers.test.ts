import { expect, test } from 'vitest';
import { SILVER } from '../plan/stages.ts';
import { aPipeline, deployments, measured, NOW, servers } from '../plan/testing/samples.ts';
import { Scalers } from './scalers.ts';

const EVERY_MS = 15_000;

test('without NATS, which tells how busy pods are, a stage that is late is scaled out by lag alone', () => {
  const pipeline = aPipeline({ spec: { nats: undefined } });
  const scalers = new Scalers({});
  const decisions = Array.from({ length: 5 }, (_, tick) => {
    const now = NOW + tick * EVERY_MS;
    const { stages } = measured(now, { bronze: [0, 0], silver: [0, 0], gold: [0, 0] });
    // In this time each partition gets 500 records, and 250 are done.
    const partitions = [0, 1, 2, 3].map((partition) => ({
      topic: SILVER.topics[0]!,
      partition,
      begin: 0,
      end: 5000 + 500 * tick,
      committed: 250 * tick,
      oldestWaitingSeconds: 60,
    }));
    const all = new Map([...stages, [SILVER.name, { partitions, presences: [], busyRatios: [] }]]);
    const snapshot = servers({ measured: { atMs: now, stages: all } });
    const decided = scalers.decide({ pipeline, activity: 'Run', deployments: deployments(1), servers: snapshot, now });
    return decided.get(SILVER.name)!;
  });
  expect(decisions.at(-1)).toMatchObject({ action: 'Up', reason: 'LagAboveTarget', replicas: 2 });
  expect(decisions.at(-1)!.conditions.find(({ type }) => type === 'ScalingActive')?.status).toBe('True');
});
