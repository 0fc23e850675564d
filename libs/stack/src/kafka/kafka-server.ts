import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { keptPorts } from '../process/kept-ports.ts';
import type { Server } from '../process/server-process.ts';
import { requireJava } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';
import { type Broker, runBroker } from './broker-process.ts';
import { classArchiveOptions } from './class-archive.ts';
import { kafkaJars, type KafkaVersion } from './kafka-jars.ts';
import { ANY_KAFKA_PORTS } from './kafka-properties.ts';
import type { KafkaSecurity } from './kafka-security.ts';

export type KafkaOptions = {
  /** Data, ports and log live here. Starting again with the same folder is the same broker at the same address. */
  readonly folder: string;
  readonly version: KafkaVersion;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number;
  /** Where the broker sends plaintext clients, when something stands before it: a proxy. */
  readonly advertisedPort?: number;
  /** The same for clients on another network; who is on this one is then sent there too. */
  readonly advertisedHost?: string;
  /** Adds listeners with TLS; the plaintext one stays. */
  readonly security?: KafkaSecurity;
  /** True leaves the broker running when this process exits; the default is to kill it then. */
  readonly detached?: boolean;
  readonly onProgress?: OnProgress;
};

export type KafkaServer = Server & {
  /** `host:port` as advertised, plaintext without login. */
  readonly brokers: string;
  /** SASL_SSL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 over TLS. Listens only with `security`. */
  readonly loginBrokers: string;
  /** SSL: the client shows a certificate of the authority. Listens only with `security`. */
  readonly certificateBrokers: string;
};

/** Starts a KRaft broker of one node and resolves when it answers clients. Throws a `StackError`. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const { version, security, onProgress = () => {} } = options;
  const folder = resolve(options.folder);
  const programs = await prepareKafka(version, onProgress);
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(folder, { ...ANY_KAFKA_PORTS, plaintext: options.port ?? 0 });
  const advertised = `${options.advertisedHost ?? '127.0.0.1'}:${options.advertisedPort ?? ports.plaintext}`;
  const server = await runBroker({
    folder,
    version,
    ports,
    advertised,
    security,
    ...programs,
    logFile: join(folder, 'server.log'),
    detached: options.detached ?? false,
  });
  return Object.assign(server, {
    brokers: advertised,
    loginBrokers: `127.0.0.1:${ports.login}`,
    certificateBrokers: `127.0.0.1:${ports.certificate}`,
  });
}

/** Java, and Kafka's classes: downloads what is missing. Throws a `StackError`. */
export async function prepareKafka(
  version: KafkaVersion,
  onProgress: OnProgress,
): Promise<Pick<Broker, 'java' | 'jars' | 'classArchiveOptions'>> {
  const java = await requireJava();
  const jars = await kafkaJars(version, onProgress);
  return { java, jars, classArchiveOptions: await classArchiveOptions({ java, jars, version }, onProgress) };
}
