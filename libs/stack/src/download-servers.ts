import { classArchiveOptions } from './kafka/class-archive.ts';
import { kafkaJars, type KafkaVersion } from './kafka/kafka-jars.ts';
import { natsBinary } from './nats/nats-binary.ts';
import { requireJava } from './process/tools.ts';
import type { OnProgress } from './progress.ts';
import { prometheusBinary } from './prometheus/prometheus-binary.ts';

const KAFKA_VERSIONS: readonly KafkaVersion[] = ['4.1', '3.9'];

/** Fetches and builds what the servers need, where it is missing: minutes on a new machine, nothing later. */
export async function downloadServers(onProgress: OnProgress): Promise<void> {
  const java = await requireJava();
  for (const version of KAFKA_VERSIONS) {
    await classArchiveOptions({ java, jars: await kafkaJars(version, onProgress), version }, onProgress);
  }
  await natsBinary(onProgress);
  await prometheusBinary(onProgress);
}
