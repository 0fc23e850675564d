import { requireJava } from '@tillstream/stack';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningContender } from '../contender.ts';
import { ChildProcess } from '../run/child-process.ts';
import { createInventoryTable, type InventoryTable } from '../run/inventory-table.ts';
import type { Place } from '../run/place.ts';
import { supervise } from '../run/supervised.ts';
import { classPathOf, installSpark } from './installed-spark.ts';
import { javaOptions } from './java-options.ts';
import { sparkSettings } from './settings.ts';

export type StreamingOptions = {
  readonly mode: 'micro-batch' | 'real-time';
  readonly table: InventoryTable;
  readonly settings: Readonly<Record<string, string>>;
  /** Of a batch at most; 0 is all there are. */
  readonly recordsPerBatch: number;
  /** By the folder that the job writes to. */
  readonly progress: (folder: string) => Promise<number>;
};

/** One driver on this machine that runs the query of `src/`, in one of its two modes. */
export async function startStreaming(place: Place, options: StreamingOptions): Promise<RunningContender> {
  const { mode, table, settings, recordsPerBatch, progress } = options;
  const installed = await installSpark();
  const { command } = await requireJava();
  await createInventoryTable(place.store, table);
  const folder = join(place.folder, 'spark');
  mkdirSync(folder);
  const jvm = javaOptions({ ...sparkSettings(folder), ...settings });
  const args = [mode, place.brokers, place.clickHouseUrl, table.rows, folder, String(recordsPerBatch)];
  const startDriver = (): ChildProcess =>
    ChildProcess.start(command, [...jvm, 'peers.spark.Streaming', ...args], {
      env: { CLASSPATH: classPathOf(installed), SPARK_LOCAL_IP: '127.0.0.1' },
      output: { file: join(place.folder, 'spark.log') },
    });
  return { ...supervise(startDriver), progress: async () => progress(folder), isComplete: async () => true };
}
