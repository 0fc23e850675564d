import { optionalText, senderConfig, wholeNumber } from '@tillstream/runtime';
import { z } from 'zod';

/** Settings of the generator as a process, by their names in the environment. */
export const generatorConfig = z.object({
  ...senderConfig.shape,
  /** Folder to replay; without it a retailer is made up. */
  GENERATOR_REPLAY_FOLDER: optionalText,
  /** Replays in a random order. */
  GENERATOR_SHUFFLE_SEED: z.coerce.number('must be a whole number: it names an order').int().min(0).optional(),
  GENERATOR_SPEED_FACTOR: z.coerce
    .number('must be a number above 0: how many times faster than the times in the files')
    .positive()
    .optional(),
  GENERATOR_TRANSACTIONS: wholeNumber(1, 150_000, 'it is how many the made-up retailer has'),
  GENERATOR_STORES: wholeNumber(2, 12, 'one of them is online'),
  GENERATOR_ITEMS: wholeNumber(1, 500, 'every store carries all of them'),
  GENERATOR_SEED: wholeNumber(0, 1, 'it names the retailer'),
  GENERATOR_RECORDS_PER_SECOND: wholeNumber(0, 0, '0 is as fast as Kafka takes them'),
  /** Where count files are put, for the bronze ingester that has this folder. Empty: counts go to Kafka directly. */
  GENERATOR_INBOX_FOLDER: optionalText,
});

export type GeneratorConfig = z.output<typeof generatorConfig>;
