import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../process/kept-ports.ts';
import type { OnProgress } from '../progress.ts';
import { type Broker, runBroker } from './broker-process.ts';
import { exactKafkaVersion } from './kafka-jars.ts';
import { ANY_KAFKA_PORTS } from './kafka-properties.ts';

type Sources = Pick<Broker, 'java' | 'jars' | 'version'>;

/**
 * Java's options that load Kafka's classes ready-made, which halves the time to start. The archive belongs to one
 * version of Java and to these jars; a broker's whole life in a folder of its own writes it, once.
 */
export async function classArchiveOptions(sources: Sources, onProgress: OnProgress): Promise<readonly string[]> {
  const archive = join(sources.jars, `classes-${sources.java.version}.jsa`);
  if (!existsSync(archive)) {
    onProgress(`Kafka ${exactKafkaVersion(sources.version)}: preparing a faster start (once)`);
    await writeArchive(sources, archive);
  }
  return [`-XX:SharedArchiveFile=${archive}`];
}

async function writeArchive(sources: Sources, archive: string): Promise<void> {
  const folder = await mkdtemp(`${archive}.unfinished-`);
  try {
    const written = join(folder, 'classes.jsa');
    const ports = await freePorts(ANY_KAFKA_PORTS);
    const broker = await runBroker({
      ...sources,
      folder,
      ports,
      advertised: `127.0.0.1:${ports.plaintext}`,
      security: undefined,
      classArchiveOptions: [`-XX:ArchiveClassesAtExit=${written}`],
      logFile: join(folder, 'server.log'),
      detached: false,
    });
    await broker.stop();
    await rename(written, archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
