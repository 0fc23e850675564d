import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort } from '../process/free-ports.ts';
import { type ServerProcess, startServer } from '../process/server-process.ts';
import { requireJava, run } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';
import { exactKafkaVersion, kafkaJars, type KafkaVersion, sharedClasses } from './kafka-jars.ts';
import { kafkaAnswers } from './kafka-probe.ts';
import { KAFKA_LOGGING, kafkaProperties, type KafkaPorts } from './kafka-properties.ts';

export type KafkaOptions = {
  /** Data, ports and log live here. Starting again with the same folder is the same broker at the same address. */
  readonly folder: string;
  readonly version: KafkaVersion;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number | undefined;
  /** True leaves the broker running when this process exits; the default is to kill it then. */
  readonly detached?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
};

export type KafkaServer = {
  /** `127.0.0.1:port`, plaintext. */
  readonly brokers: string;
  readonly pid: number;
  readonly logFile: string;
  /** Controlled shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
  /** As kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
};

/** Starts a KRaft broker of one node and resolves when it answers clients. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true });
  const java = await requireJava();
  const jars = await kafkaJars(options.version, options.onProgress ?? (() => {}));
  const ports = await keptPorts(folder, options.port);
  const broker: Broker = { folder, jars, java, version: options.version };
  await configure(broker, ports);

  const logFile = join(folder, 'server.log');
  const server = await startServer(
    {
      title: `Kafka ${exactKafkaVersion(options.version)}`,
      command: java,
      args: [...javaOptions(broker), '-Xms128m', '-Xmx512m', 'kafka.Kafka', propertiesFile(folder)],
      logFile,
      detached: options.detached ?? false,
    },
    async () => await kafkaAnswers(ports.broker),
  );
  return handle(server, ports, logFile);
}

type Broker = {
  readonly folder: string;
  readonly jars: string;
  readonly java: string;
  readonly version: KafkaVersion;
};

function handle(server: ServerProcess, ports: KafkaPorts, logFile: string): KafkaServer {
  return {
    brokers: `127.0.0.1:${ports.broker}`,
    pid: server.pid,
    logFile,
    stop: async () => await server.stop(),
    kill: async () => await server.kill(),
  };
}

/** The ports are part of the broker's identity: clients that lost it come back to the same address. */
async function keptPorts(folder: string, preferred: number | undefined): Promise<KafkaPorts> {
  const file = join(folder, 'ports.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as KafkaPorts;
  const broker = await freePort(preferred);
  const ports = { broker, controller: await freePort() };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function configure(broker: Broker, ports: KafkaPorts): Promise<void> {
  const { folder, version } = broker;
  const { fileName, text } = KAFKA_LOGGING[version];
  await writeFile(join(folder, fileName), text);
  await writeFile(propertiesFile(folder), kafkaProperties(folder, version, ports));
  if (existsSync(join(folder, 'data', 'meta.properties'))) return;
  const clusterId = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
  await run(broker.java, [
    ...javaOptions(broker),
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    clusterId,
    '--config',
    propertiesFile(folder),
  ]);
}

function javaOptions(broker: Broker): string[] {
  const { fileName, javaOption } = KAFKA_LOGGING[broker.version];
  return [
    '-Djava.awt.headless=true',
    javaOption(join(broker.folder, fileName)),
    ...sharedClasses(broker.jars),
    '-classpath',
    join(broker.jars, 'lib', '*'),
  ];
}

function propertiesFile(folder: string): string {
  return join(folder, 'server.properties');
}
