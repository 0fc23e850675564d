import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningContender } from '../contender.ts';
import { ChildProcess } from '../run/child-process.ts';
import type { Place } from '../run/place.ts';
import { classPathOf, installSpark } from './installed-spark.ts';
import { javaOptions } from './java-options.ts';
import { sparkSettings } from './settings.ts';
import { createSink, insertUrlOf } from './sink.ts';

export type StreamingOptions = {
  readonly mode: 'micro-batch' | 'real-time';
  readonly settings: Readonly<Record<string, string>>;
  /** Of a batch at most; 0 is all there are. */
  readonly recordsPerBatch: number;
  /** By the folder that the job writes to. */
  readonly progress: (folder: string) => Promise<number>;
};

/** One driver on this machine that runs the job of `job/`, in one of its two modes. */
export async function startStreaming(place: Place, options: StreamingOptions): Promise<RunningContender> {
  const { mode, settings, recordsPerBatch, progress } = options;
  const installed = await installSpark();
  await createSink(place.store);
  const folder = join(place.folder, 'spark');
  mkdirSync(folder);
  const args = [mode, place.brokers, insertUrlOf(place.clickHouseUrl), folder, String(recordsPerBatch)];
  const startDriver = (): ChildProcess =>
    ChildProcess.start(
      'java',
      [...javaOptions({ ...sparkSettings(folder), ...settings }), 'peers.Streaming', ...args],
      {
        env: { CLASSPATH: classPathOf(installed) },
        output: { file: join(place.folder, 'spark.log') },
      },
    );
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let isStopping = false;
  let driver = startDriver();
  driver.failed().catch(failure.reject);
  return {
    pids: () => [driver.pid],
    progress: async () => progress(folder),
    isComplete: async () => true,
    async crash() {
      await driver.end('SIGKILL');
      if (isStopping) return;
      driver = startDriver();
      driver.failed().catch(failure.reject);
    },
    async stop() {
      isStopping = true;
      await driver.end('SIGKILL');
    },
    failed: failure.promise,
  };
}
