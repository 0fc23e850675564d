import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { keptPorts } from '../process/kept-ports.ts';
import { httpAnswers } from '../process/probes.ts';
import { type Server, startServer } from '../process/server-process.ts';
import { endpointCommand } from './endpoint-command.ts';
import { installedClickHouse, writeClickHouseConfig } from './installed-clickhouse.ts';

export type ClickHouseOptions = {
  /** Data, port and log live here. Starting again with the same folder is the same database at the same address. */
  readonly folder: string;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number;
  /** True leaves the server running when this process exits; the default is to kill it then. */
  readonly detached?: boolean;
};

export type ClickHouseServer = Server & {
  /** `http://127.0.0.1:port`, for the user `default` without a password. */
  readonly url: string;
};

/**
 * Starts a ClickHouse where version 24 or newer is installed, else ClickHouse's HTTP interface over chDB; resolves when
 * it answers. The two keep their data apart. Throws a `StackError`.
 */
export async function startClickHouse(options: ClickHouseOptions): Promise<ClickHouseServer> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true });
  const { port } = await keptPorts(folder, { port: options.port ?? 0 });
  const installed = await installedClickHouse();
  const run =
    installed === undefined
      ? endpointCommand(join(folder, 'chdb'), port)
      : { command: installed, args: ['server', `--config-file=${await writeClickHouseConfig(folder, port)}`] };
  const server = await startServer(
    {
      title: 'ClickHouse',
      ...run,
      logFile: join(folder, 'server.log'),
      detached: options.detached ?? false,
    },
    async () => await clickHouseAnswers(port),
  );
  return Object.assign(server, { url: `http://127.0.0.1:${port}` });
}

export async function clickHouseAnswers(port: number): Promise<boolean> {
  return await httpAnswers(`http://127.0.0.1:${port}/ping`);
}
