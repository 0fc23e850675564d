import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requireJava } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';
import { runBroker } from './broker-process.ts';
import { classArchiveOptions } from './class-archive.ts';
import { kafkaJars, type KafkaVersion } from './kafka-jars.ts';
import { keptKafkaPorts } from './kafka-ports.ts';
import type { KafkaSecurity } from './kafka-security.ts';

export type KafkaOptions = {
  /** Data, ports and log live here. Starting again with the same folder is the same broker at the same address. */
  readonly folder: string;
  readonly version: KafkaVersion;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number;
  /** Adds listeners with TLS; the plaintext one stays. */
  readonly security?: KafkaSecurity;
  /** True leaves the broker running when this process exits; the default is to kill it then. */
  readonly detached?: boolean;
  readonly onProgress?: OnProgress;
};

export type KafkaServer = {
  /** `127.0.0.1:port`, plaintext without login. */
  readonly brokers: string;
  /** SASL_SSL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 over TLS. Listens only with `security`. */
  readonly loginBrokers: string;
  /** SSL: the client shows a certificate of the authority. Listens only with `security`. */
  readonly certificateBrokers: string;
  readonly pid: number;
  readonly logFile: string;
  /** Controlled shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
  /** As kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
};

/** Starts a KRaft broker of one node and resolves when it answers clients. Throws a `StackError`. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const { version, security, onProgress = () => {} } = options;
  const folder = resolve(options.folder);
  const java = await requireJava();
  const jars = await kafkaJars(version, onProgress);
  const archive = await classArchiveOptions({ java, jars, version }, onProgress);
  await mkdir(folder, { recursive: true });
  const ports = await keptKafkaPorts(folder, options.port);
  const logFile = join(folder, 'server.log');
  const broker = await runBroker({
    folder,
    version,
    ports,
    security,
    java,
    jars,
    classArchiveOptions: archive,
    logFile,
    detached: options.detached ?? false,
  });
  return {
    brokers: `127.0.0.1:${ports.plaintext}`,
    loginBrokers: `127.0.0.1:${ports.login}`,
    certificateBrokers: `127.0.0.1:${ports.certificate}`,
    pid: broker.pid,
    logFile,
    stop: async () => await broker.stop(),
    kill: async () => await broker.kill(),
  };
}
