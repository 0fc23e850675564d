import { Dice } from '../support/dice.ts';
import type { Contender, View } from './contenders/contender.ts';
import { RUN_MINUTES, within, type Load } from './model/loads.ts';
import { PARTITIONS, StageModel } from './model/stage-model.ts';

export type Result = {
  readonly rescales: number;
  /** 95 of 100 seconds the oldest waiting record was not older. */
  readonly p95LagSeconds: number;
  readonly podMinutes: number;
};

const LIMITS = { min: 1, max: PARTITIONS };
const PODS_AT_START = 3;

/** One run of one autoscaler under one load; equal for equal seeds. */
export function run(contender: Contender, load: Load, seed: number): Result {
  const stage = new StageModel(load, new Dice(seed), PODS_AT_START);
  const decide = contender.create(LIMITS);
  const lags: number[] = [];
  let rescales = 0;
  let podSeconds = 0;
  let busy: (readonly number[])[] = [];
  while (stage.second < RUN_MINUTES * 60) {
    stage.pass();
    busy.push(stage.busyRatios);
    lags.push(stage.lagSeconds);
    podSeconds += stage.replicas;
    if (stage.second % contender.everySeconds !== 0) continue;
    const pods = decide(viewOf(stage, load, busy));
    busy = [];
    if (pods === stage.replicas) continue;
    rescales++;
    stage.scaleTo(pods);
  }
  return { rescales, p95LagSeconds: p95(lags), podMinutes: podSeconds / 60 };
}

function viewOf(stage: StageModel, load: Load, busy: readonly (readonly number[])[]): View {
  const { second, replicas, readyPods, rebalancing } = stage;
  const seen = { second, replicas, readyPods, rebalancing };
  if (within(load.metricsAway, second)) return { ...seen, metrics: undefined };
  const partitions = stage.partitions.map(({ end, committed, age }) => ({ end, committed, age }));
  const busyRatios = Array.from({ length: readyPods }, (_, pod) => meanOf(busy.map((ratios) => ratios[pod] ?? 0)));
  return { ...seen, metrics: { partitions, busyRatios } };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function p95(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1]!;
}
