import { wholeNumber } from '@tillstream/runtime';
import { z } from 'zod';

/** Settings of the gold stage, by their names in the environment. */
export const goldConfig = z.object({
  GOLD_RECENT_CHANGES: wholeNumber(
    1,
    2 ** 20,
    'fewer mean more look-ups when counts come late, more cost 50 bytes each',
  ),
  GOLD_ERA: wholeNumber(0, 1, 'an era below that of the stored rows would never be read').refine(
    (era) => era < 2 ** 16,
    'must be below 65536: it shares 64 bits with an offset',
  ),
});

export type GoldConfig = z.output<typeof goldConfig>;
