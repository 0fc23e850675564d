import type { ScalingMemory } from './memory.ts';
import type { ScalingPolicy } from './policy.ts';

/** Keeps what is wanted now beside what was wanted before, as far back as it takes to be sure of fewer. */
export function rememberWant(memory: ScalingMemory, policy: ScalingPolicy, atMs: number, pods: number): ScalingMemory {
  const lastMs = memory.wants.at(-1)?.atMs;
  // After a silence nobody knows what was wanted in between.
  const forgotten = lastMs === undefined || atMs - lastMs > policy.windowSeconds * 1000;
  const oldestMs = atMs - policy.scaleDownStabilizationSeconds * 1000;
  const more = forgotten ? [] : memory.wants.filter((want) => want.pods > pods && want.atMs > oldestMs);
  return {
    ...memory,
    wants: [...more, { atMs, pods }],
    wantingSinceMs: forgotten ? atMs : (memory.wantingSinceMs ?? atMs),
  };
}

/** The most that was wanted of late; undefined until it is known for long enough. */
export function mostWanted({ wants, wantingSinceMs }: ScalingMemory, policy: ScalingPolicy): number | undefined {
  const atMs = wants.at(-1)?.atMs;
  if (atMs === undefined || wantingSinceMs === undefined) return undefined;
  return atMs - wantingSinceMs < policy.scaleDownStabilizationSeconds * 1000 ? undefined : wants[0]!.pods;
}
