import { optionalText } from '@tillstream/runtime';
import { z } from 'zod';

/** Settings of the bronze stage, by their names in the environment. */
export const bronzeConfig = z.object({
  /** Folder of count files. At most one instance has it: two would send each sheet twice. Empty: this one loads none. */
  BRONZE_INBOX_FOLDER: optionalText,
});
