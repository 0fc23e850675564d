import { afterAll, beforeAll, expect } from 'vitest';
import { clusterDown } from '../node/cluster-down.ts';
import { type Traces, tracesOf } from '../node/traces.ts';
import { clusterChoice } from './choice.ts';
import { openTestCluster, OWN_CLUSTER, type TestCluster } from './test-cluster.ts';

const START_WITHIN_MS = 300_000;

/** For `describe.skipIf`: where no cluster is to be had, its tests are left out, and the run has then said so. */
export const noCluster = clusterChoice().kind === 'none';

/** To be called in a suite: starts the cluster before its tests, and ends it after them: nothing of it is left then. */
export function useCluster(): () => TestCluster {
  const isOwn = clusterChoice().kind === 'own';
  let cluster: TestCluster | undefined;
  let before: Traces | undefined;
  beforeAll(async () => {
    // One that a killed run has left behind is not a clean one.
    if (isOwn) await clusterDown(OWN_CLUSTER);
    before = isOwn ? tracesOf(OWN_CLUSTER) : undefined;
    cluster = await openTestCluster(clusterChoice());
  }, START_WITHIN_MS);
  afterAll(async () => {
    await cluster?.end();
    if (before !== undefined) expect(tracesOf(OWN_CLUSTER)).toEqual(before);
  }, START_WITHIN_MS);
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there only while tests run');
    return cluster;
  };
}
