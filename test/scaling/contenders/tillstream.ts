import { decideScaling, NO_MEMORY, SCALING_DEFAULTS, type StageMetrics } from '@tillstream/orchestrator';
import type { Contender, View } from './contender.ts';

/** The operator's own, with the settings that it has unless somebody changes them. */
export const TILLSTREAM = tillstream('Tillstream', (metrics) => metrics);

/** The same where pods don't tell how busy they are: only offsets are known. */
export const TILLSTREAM_BY_OFFSETS = tillstream('Tillstream by offsets', (metrics) => ({ ...metrics, busyRatios: [] }));

function tillstream(name: string, seen: (metrics: StageMetrics) => StageMetrics): Contender {
  return {
    name,
    everySeconds: 15,
    create: (limits) => {
      let memory = NO_MEMORY;
      return (view) => {
        const metrics = metricsOf(view);
        const tick = decideScaling(
          {
            atMs: view.second * 1000,
            policy: SCALING_DEFAULTS,
            limits,
            workload: { replicas: view.replicas, readyPods: view.readyPods, rolloutRunning: false },
            metrics: metrics === undefined ? undefined : seen(metrics),
          },
          memory,
        );
        memory = tick.memory;
        return tick.decision.replicas;
      };
    },
  };
}

function metricsOf({ second, rebalancing, metrics }: View): StageMetrics | undefined {
  if (metrics === undefined) return undefined;
  return {
    measuredAtMs: second * 1000,
    group: rebalancing ? 'PreparingRebalance' : 'Stable',
    partitions: metrics.partitions.map(({ end, committed, age }, partition) => ({
      topic: 'load',
      partition,
      begin: 0,
      end,
      committed,
      oldestWaitingSeconds: age,
    })),
    busyRatios: metrics.busyRatios,
  };
}
