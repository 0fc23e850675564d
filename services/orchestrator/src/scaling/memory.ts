import { z } from 'zod';

const count = z.number().min(0);
const time = z.number();

/** One tick's share of the window: what happened since the tick before. */
const sampleSchema = z.object({
  atMs: time,
  seconds: z.number().positive(),
  arrived: count,
  processed: count,
  /** Pods times seconds at work, over those pods that told; undefined when none did. */
  busySeconds: count.optional(),
  /** Nothing interrupted the stage in between: only such samples say what pods can do. */
  steady: z.boolean(),
});

const partitionSchema = z.object({
  topic: z.string(),
  partition: count,
  end: count,
  committed: count,
  movedAtMs: time,
});

const memorySchema = z.object({
  seenAtMs: time.optional(),
  replicas: count.optional(),
  measuredAtMs: time.optional(),
  /** Nothing that was measured since then may be put down to the pods. */
  interrupted: z.boolean(),
  partitions: z.array(partitionSchema).readonly(),
  samples: z.array(sampleSchema).readonly(),
  /** What one pod does when it is always busy, records per second. */
  podCapacity: z.number().positive().optional(),
  /** What was wanted of late: each wants fewer than those before it, which is all that a maximum needs. */
  wants: z.array(z.object({ atMs: time, pods: count })).readonly(),
  wantingSinceMs: time.optional(),
  /** For how many ticks in a row there was reason for more pods. */
  pressedTicks: count,
  lastScaling: z
    .object({
      atMs: time,
      from: count,
      to: count,
      rateBefore: count,
      settledAtMs: time.optional(),
      judged: z.boolean(),
    })
    .optional(),
  ineffectiveUps: count,
  /** The rate that the last of too many ineffective steps ended with; clearly more than that lifts the block. */
  blockedAtRate: count.optional(),
  /** How long the latest changes of the number of pods interrupted the stage. */
  restartSeconds: z.array(count).readonly(),
});

/** What the autoscaler of one stage knows from earlier ticks: plain data, to be kept over restarts as JSON. */
export type ScalingMemory = Readonly<z.output<typeof memorySchema>>;
export type Sample = Readonly<z.output<typeof sampleSchema>>;
export type PartitionMemory = Readonly<z.output<typeof partitionSchema>>;

export const NO_MEMORY: ScalingMemory = {
  interrupted: true,
  partitions: [],
  samples: [],
  wants: [],
  pressedTicks: 0,
  ineffectiveUps: 0,
  restartSeconds: [],
};

/** What was kept as JSON. What can't be read is forgotten: the autoscaler measures again. */
export function restoreScalingMemory(json: string | undefined): ScalingMemory {
  try {
    return memorySchema.parse(JSON.parse(json ?? ''));
  } catch {
    return NO_MEMORY;
  }
}
