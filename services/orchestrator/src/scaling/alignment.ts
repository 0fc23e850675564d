/**
 * Pods share partitions, so only some numbers of pods lower the share of the busiest one: of 24 partitions 8, 9, 10
 * and 11 pods all leave 3 with one of them. The least number of each such row (8) is called aligned.
 */
export function align(pods: number, partitions: number): number {
  return pods <= 0 ? 0 : Math.ceil(partitions / largestShare(pods, partitions));
}

/** The least aligned number that is not below `pods`; the number of partitions where there is none. */
export function alignUp(pods: number, partitions: number): number {
  return align(pods, partitions) === pods ? pods : nextAligned(pods, partitions);
}

/** The least number above `pods` that lowers the share of the busiest one; the number of partitions if there is none. */
export function nextAligned(pods: number, partitions: number): number {
  return Math.ceil(partitions / Math.max(1, largestShare(pods, partitions) - 1));
}

/** Partitions of the pod that has most. */
export function largestShare(pods: number, partitions: number): number {
  return Math.max(1, Math.ceil(partitions / Math.max(1, pods)));
}

/** How many times the work of a single pod these pods do when the busiest one is full. */
export function speedOf(pods: number, partitions: number): number {
  return pods === 0 ? 0 : partitions / largestShare(pods, partitions);
}

/** The least number of pods that are together as fast as `speed` single ones; the number of partitions if none are. */
export function podsForSpeed(speed: number, partitions: number): number {
  if (speed <= 0) return 0;
  // A quotient that should be whole may miss it by a hair.
  const share = Math.floor(partitions / speed + 1e-9);
  return Math.ceil(partitions / Math.max(1, share));
}
