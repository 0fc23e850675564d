import { exactKafkaVersion, requireJava } from '@tillstream/stack';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { KAFKA_VERSION, Place } from '../run/place.ts';

export type Machine = {
  readonly day: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string;
  readonly kafka: string;
  readonly clickHouse: string;
  /** Runnable processes before the first run: more than none are others' work on the same cores. */
  readonly loadBefore: number;
};

export async function describeMachine(root: string): Promise<Machine> {
  const loadBefore = loadavg()[0]!;
  const place = await Place.open(root);
  const [row] = await place.store.query<{ version: string }>('SELECT version() AS version');
  await place.close();
  return {
    day: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    java: (await requireJava()).version,
    kafka: exactKafkaVersion(KAFKA_VERSION),
    clickHouse: row!.version,
    loadBefore: Math.round(loadBefore * 10) / 10,
  };
}
