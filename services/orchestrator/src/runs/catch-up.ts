import { BRONZE, GOLD, SILVER, type WorkerStage } from '../plan/stages.ts';
import { positionOf, type Measured } from '../servers/snapshot.ts';

/** Where a topic has to be read up to, by partition. */
export type Target = { readonly topic: string; readonly offsets: number[] };

export type CatchingUp =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly message: string; readonly targets?: readonly Target[] };

export function newerThan(time: string, measured: Measured | undefined): Measured | undefined {
  return measured !== undefined && measured.atMs >= Date.parse(time) ? measured : undefined;
}

/**
 * How far the stages are from the ends of the input topics, and then from the end of what silver published up to there,
 * which is noted on the way. What comes later may be processed too.
 */
export function catchUp(targets: readonly Target[], measured: Measured): CatchingUp {
  const [bronze, silver, gold] = [BRONZE, SILVER, GOLD].map((stage) => leftOf(measured, stage, targets));
  if (bronze! + silver! > 0) {
    return { isDone: false, message: `bronze has up to ${bronze!} records to process, silver up to ${silver!}` };
  }
  if (!targets.some(({ topic }) => topic === GOLD.topics[0])) {
    const message = 'gold processes what silver published';
    return { isDone: false, message, targets: [...targets, ...endsOf(measured, GOLD)] };
  }
  if (gold! > 0) return { isDone: false, message: `gold has up to ${gold!} blocks to process` };
  return { isDone: true };
}

export function endsOf(measured: Measured, stage: WorkerStage): Target[] {
  const byTopic = Map.groupBy(measured.stages.get(stage.name)!.partitions, ({ topic }) => topic);
  return Array.from(byTopic, ([topic, partitions]) => ({ topic, offsets: partitions.map(({ end }) => end) }));
}

/** Offsets that the stage still has to pass. */
function leftOf(measured: Measured, stage: WorkerStage, targets: readonly Target[]): number {
  const lefts = measured.stages.get(stage.name)!.partitions.map((one) => {
    const target = targets.find(({ topic }) => topic === one.topic)?.offsets[one.partition] ?? 0;
    return Math.max(0, target - positionOf(one));
  });
  return lefts.reduce((sum, left) => sum + left, 0);
}
