import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { keptPorts } from '../process/kept-ports.ts';
import { askPort } from '../process/probes.ts';
import { type Server, startServer } from '../process/server-process.ts';
import type { OnProgress } from '../progress.ts';
import { natsBinary } from './nats-binary.ts';

export type NatsOptions = {
  /** Port, configuration and log live here. Starting again with the same folder is the same address. */
  readonly folder: string;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number;
  /** More lines in the server's own language: `authorization { … }`, `tls { … }`. */
  readonly config?: string;
  /** True leaves the server running when this process exits; the default is to kill it then. */
  readonly detached?: boolean;
  readonly onProgress?: OnProgress;
};

export type NatsServer = Server & {
  /** `127.0.0.1:port`. */
  readonly address: string;
};

/** Starts a NATS server without JetStream and resolves when it greets clients. Throws a `StackError`. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const folder = resolve(options.folder);
  const binary = await natsBinary(options.onProgress ?? (() => {}));
  await mkdir(folder, { recursive: true });
  const { port } = await keptPorts(folder, { port: options.port ?? 0 });
  const config = join(folder, 'nats.conf');
  await writeFile(config, `host: 127.0.0.1\nport: ${port}\n${options.config ?? ''}\n`, { mode: 0o600 });
  const server = await startServer(
    {
      title: 'NATS',
      command: binary,
      args: ['--config', config],
      logFile: join(folder, 'server.log'),
      detached: options.detached ?? false,
    },
    async () => await natsAnswers(port),
  );
  return Object.assign(server, { address: `127.0.0.1:${port}` });
}

/** A NATS server speaks first, in plain text even where TLS follows. */
export async function natsAnswers(port: number): Promise<boolean> {
  const greeting = await askPort(port, undefined, (bytes) => bytes.includes('\r\n'));
  return greeting?.toString('utf8', 0, 5) === 'INFO ';
}
