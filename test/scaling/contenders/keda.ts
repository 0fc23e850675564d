import { lagOf, type Contender } from './contender.ts';

const TOLERANCE = 0.1;
const PERIOD_SECONDS = 15;
const STABILIZATION_SECONDS = 300;

/**
 * Kafka lag through KEDA, and a HorizontalPodAutoscaler with its usual behaviour: pods in proportion to the lag; up at
 * once, at most doubled or by four; down to the most that was wanted within five minutes.
 */
export function keda(lagThreshold: number): Contender {
  return {
    name: `KEDA + HPA, threshold ${lagThreshold.toLocaleString('en')}`,
    everySeconds: PERIOD_SECONDS,
    create: ({ min, max }) => {
      let wants: { second: number; pods: number }[] = [];
      return ({ second, replicas, metrics }) => {
        // A HorizontalPodAutoscaler leaves things as they are when it has no metrics.
        if (metrics === undefined) return replicas;
        const lag = Math.min(lagOf(metrics), metrics.partitions.length * lagThreshold);
        const ratio = lag / (lagThreshold * replicas);
        const proportional = Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(lag / lagThreshold);
        wants = wants.filter((want) => want.second > second - STABILIZATION_SECONDS);
        wants.push({ second, pods: proportional });
        const wanted =
          proportional >= replicas ? proportional : Math.min(replicas, Math.max(...wants.map(({ pods }) => pods)));
        return Math.min(max, Math.max(replicas * 2, replicas + 4), Math.max(min, wanted));
      };
    },
  };
}
