const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const OPENING_HOUR = 7;

/** How busy each hour of the day is, from opening at seven to closing at ten in the evening. */
const BUSYNESS = [1, 2, 3, 4, 5, 6, 7, 6, 5, 5, 6, 7, 6, 3, 1] as const;
const TOTAL = BUSYNESS.reduce((sum, busyness) => sum + busyness, 0);

export const TRADING_HOURS_A_DAY = BUSYNESS.length;

/** Stores count before they open. */
export const COUNT_TIME_MS = 6 * HOUR_MS;

/** Time of day at which `share` of the day's transactions are done, to the second. */
export function timeOfDay(share: number): number {
  let rest = share * TOTAL;
  let hour = 0;
  while (rest >= BUSYNESS[hour]! && hour < BUSYNESS.length - 1) rest -= BUSYNESS[hour++]!;
  const second = Math.floor((rest / BUSYNESS[hour]!) * 3600);
  return (OPENING_HOUR + hour) * HOUR_MS + second * 1000;
}
