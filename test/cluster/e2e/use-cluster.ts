import { afterAll, beforeAll } from 'vitest';
import { clusterChoice } from './choice.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

const START_WITHIN_MS = 300_000;

/** For `describe.skipIf`: where no cluster is to be had, its tests are left out, and the run has then said so. */
export const noCluster = clusterChoice().kind === 'none';

/** To be called in a suite: starts the cluster before its tests, and ends it after them. */
export function useCluster(): () => TestCluster {
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await openTestCluster(clusterChoice());
  }, START_WITHIN_MS);
  afterAll(async () => await cluster?.end(), START_WITHIN_MS);
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there only while tests run');
    return cluster;
  };
}
