import { createHash } from 'node:crypto';
import { basename } from 'node:path';

import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';

import type { Source } from '../source.ts';
import { readChanges } from './changes.ts';
import { CountSheets } from './count-sheets.ts';
import { findFiles } from './folder.ts';
import { inOrder } from './order.ts';
import { readRawMessages } from './raw-messages.ts';
import type { TimedRecord } from './timed-step.ts';

export type ReplayOptions = {
  readonly folder: string;
  /** Sends everything in a random order instead of the order of time. */
  readonly shuffleSeed?: number;
};

export interface ReplaySource extends Source {
  /** Where store.txt, item.txt and inventory_change_type.txt are, any of them perhaps as .gz. */
  readonly referenceFolder: string;
  readonly records: number;
  readonly countFiles: number;
}

/** Raised when other steps come out of the same files. */
const FORMAT = 1;

/** Reads a folder in the accelerator's layout, whole, and makes steps of it. Rejects with a `GeneratorError`. */
export async function replaySource({ folder, shuffleSeed }: ReplayOptions): Promise<ReplaySource> {
  const files = await findFiles(folder);
  // Names and content of what is read make up the identity: other files, another source.
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, shuffleSeed]));
  const named = (path: string): typeof hash => hash.update(`\0${basename(path)}\0`);

  const changes: TimedRecord[] = [];
  for (const path of files.changes) for (const record of await readChanges(path, named(path))) changes.push(record);
  const sheets = new CountSheets();
  for (const path of files.counts) await sheets.read(path, named(path));
  const raw: TimedRecord[] = [];
  for (const { path, kind } of files.raw) {
    for (const record of await readRawMessages(path, named(path), kind)) raw.push(record);
  }

  const counts = sheets.files();
  const steps = inOrder({ counts, changes, raw }, shuffleSeed);
  const hasRawCounts = files.raw.some(({ kind }) => kind === 'counts');
  return {
    id: `rep-${hash.digest('hex').slice(0, 8)}`,
    topics: [INVENTORY_CHANGE_TOPIC.name, ...(hasRawCounts ? [INVENTORY_SNAPSHOT_TOPIC.name] : [])],
    referenceFolder: folder,
    records: steps.length - counts.length,
    countFiles: counts.length,
    steps: () => steps,
  };
}
