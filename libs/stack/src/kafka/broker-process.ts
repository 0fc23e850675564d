import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Server, startServer } from '../process/server-process.ts';
import { type Java, run } from '../process/tools.ts';
import { exactKafkaVersion, type KafkaVersion } from './kafka-jars.ts';
import { KAFKA_LOGGING } from './kafka-logging.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import { kafkaProperties, type KafkaPorts } from './kafka-properties.ts';
import { type KafkaSecurity, scramArguments, securityProperties } from './kafka-security.ts';

/** What one run of a broker is made of. */
export type Broker = {
  readonly folder: string;
  readonly version: KafkaVersion;
  readonly ports: KafkaPorts;
  /** `host:port` where plaintext clients are sent. */
  readonly advertised: string;
  readonly security: KafkaSecurity | undefined;
  readonly java: Java;
  /** The folder that has `lib/*.jar`. */
  readonly jars: string;
  /** Options that use or write the archive of classes. */
  readonly classArchiveOptions: readonly string[];
  readonly logFile: string;
  readonly detached: boolean;
};

/**
 * The second compiler would take half of the CPU of a broker's first minute, and most of these brokers live no longer.
 * What the first one makes costs no more: 2.0 CPU-seconds of request threads for a million records, 2.3 with both.
 */
const RUN_OPTIONS = ['-XX:TieredStopAtLevel=1', '-Xms128m', '-Xmx512m'];

/** Writes the configuration, formats the folder when it is new, and starts the broker; it answers clients then. */
export async function runBroker(broker: Broker): Promise<Server> {
  const { folder, version, ports, advertised } = broker;
  const logging = KAFKA_LOGGING[version];
  await writeFile(join(folder, logging.fileName), logging.text);
  const security = broker.security === undefined ? undefined : securityProperties(folder, broker.security);
  const properties = join(folder, 'server.properties');
  await writeFile(properties, kafkaProperties({ folder, version, ports, advertised, security }), { mode: 0o600 });

  const javaOptions = [
    '-Djava.awt.headless=true',
    logging.javaOption(join(folder, logging.fileName)),
    '-classpath',
    join(broker.jars, 'lib', '*'),
  ];
  if (!existsSync(join(folder, 'data', 'meta.properties'))) await format(broker, properties, javaOptions);
  return await startServer(
    {
      title: `Kafka ${exactKafkaVersion(version)}`,
      command: broker.java.command,
      args: [...broker.classArchiveOptions, ...RUN_OPTIONS, ...javaOptions, 'kafka.Kafka', properties],
      logFile: broker.logFile,
      detached: broker.detached,
    },
    async () => await kafkaAnswers(ports.plaintext),
  );
}

async function format(broker: Broker, properties: string, javaOptions: readonly string[]): Promise<void> {
  const clusterId = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
  const tool = ['kafka.tools.StorageTool', 'format', '--config', properties, `--cluster-id=${clusterId}`];
  const users = scramArguments(broker.security?.users ?? []);
  // Writing an archive is for the broker's own run.
  const archive = broker.classArchiveOptions.filter((option) => option.includes('SharedArchiveFile'));
  await run(broker.java.command, [...archive, ...javaOptions, ...tool, ...users]);
}
