import { expect, test } from 'vitest';
import { OperatorMetrics, type PipelineFigures } from './operator-metrics.ts';

const LABELS = { namespace: 'shop', pipeline: 'inventory' };
const FIGURES: PipelineFigures = {
  isReady: true,
  isScalingActive: true,
  limitedBy: 'AtMax',
  stages: [{ name: 'gold-aggregator', desired: 2, ready: 2, lagSeconds: 1, recommended: 3 }],
};

function setUp() {
  const metrics = new OperatorMetrics({ isLeading: () => true, queueDepth: () => 0, silentSeconds: () => 0 });
  const shown = async (): Promise<readonly string[]> => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return lines.filter((line) => line.includes('pipeline="inventory"'));
  };
  return { metrics, shown };
}

test('what limits a pipeline is shown while it does, and no other reason beside it', async () => {
  const { metrics, shown } = setUp();
  metrics.pipeline(LABELS, FIGURES);
  expect((await shown()).filter((line) => line.includes('limited'))).toHaveLength(1);
  metrics.pipeline(LABELS, { ...FIGURES, limitedBy: 'IneffectiveScaleUp' });
  expect((await shown()).filter((line) => line.includes('limited'))).toEqual([
    'tillstream_autoscaler_limited{namespace="shop",pipeline="inventory",reason="IneffectiveScaleUp"} 1',
  ]);
  metrics.pipeline(LABELS, { ...FIGURES, limitedBy: undefined, isScalingActive: undefined });
  expect((await shown()).filter((line) => /limited|active/.test(line))).toEqual([]);
});

test('a pipeline that is gone shows nothing any more', async () => {
  const { metrics, shown } = setUp();
  metrics.pipeline(LABELS, FIGURES);
  for (const reason of ['ScaledUp', 'ScaledDown', 'ScaledUp', 'MissedSchedule']) metrics.told(LABELS, reason);
  expect(await shown()).toHaveLength(11);
  metrics.forget(LABELS);
  expect(await shown()).toEqual([]);
});
