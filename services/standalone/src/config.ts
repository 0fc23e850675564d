import { bronzeConfig } from '@tillstream/bronze-ingester';
import { goldConfig } from '@tillstream/gold-aggregator';
import { optionalText, serviceConfig, wholeNumber } from '@tillstream/runtime';
import { silverConfig } from '@tillstream/silver-normalizer';
import { z } from 'zod';

/** Settings of all stages, and of the set-up that comes before them, by their names in the environment. */
export const standaloneConfig = z.object({
  ...serviceConfig.shape,
  ...bronzeConfig.shape,
  ...silverConfig.shape,
  ...goldConfig.shape,
  TOPIC_PARTITIONS: wholeNumber(1, 12, 'topics that are missing are created with so many; they keep them'),
  /** Folder of the reference files, loaded at each start. Empty: the reference data stays as it is. */
  REFERENCE_FOLDER: optionalText,
});

export type StandaloneConfig = z.output<typeof standaloneConfig>;
