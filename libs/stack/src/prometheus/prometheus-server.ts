import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { keptPorts } from '../process/kept-ports.ts';
import { httpAnswers } from '../process/probes.ts';
import { type Server, startServer } from '../process/server-process.ts';
import type { OnProgress } from '../progress.ts';
import { prometheusBinary } from './prometheus-binary.ts';

/** A process that serves `/metrics` on a port of this machine. */
export type ScrapeTarget = { readonly job: string; readonly port: number };

export type PrometheusOptions = {
  /** Data, port, targets and log live here. Starting again with the same folder goes on with the same data. */
  readonly folder: string;
  /** Used when it is free and the folder is new; otherwise a free port. */
  readonly port?: number;
  readonly scrape: readonly ScrapeTarget[];
  /** True leaves the server running when this process exits; the default is to kill it then. */
  readonly detached?: boolean;
  readonly onProgress?: OnProgress;
};

export type PrometheusServer = Server & {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
};

/** Starts Prometheus and resolves when it is ready to be asked. Throws a `StackError`. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const folder = resolve(options.folder);
  const binary = await prometheusBinary(options.onProgress ?? (() => {}));
  await mkdir(folder, { recursive: true });
  const { port } = await keptPorts(folder, { port: options.port ?? 0 });
  await setScrapeTargets(folder, options.scrape);
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, CONFIG);
  const server = await startServer(
    {
      title: 'Prometheus',
      command: binary,
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      logFile: join(folder, 'server.log'),
      detached: options.detached ?? false,
    },
    async () => await prometheusAnswers(port),
  );
  return Object.assign(server, { url: `http://127.0.0.1:${port}` });
}

/** Says what the Prometheus of this folder scrapes from now on. It sees the change by itself, running or not. */
export async function setScrapeTargets(folder: string, scrape: readonly ScrapeTarget[]): Promise<void> {
  const groups = scrape.map(({ job, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { job } }));
  // Renamed into place: it must not read half a file.
  const file = join(folder, 'targets.json');
  await writeFile(`${file}.part`, `${JSON.stringify(groups, undefined, 2)}\n`);
  await rename(`${file}.part`, file);
}

export async function prometheusAnswers(port: number): Promise<boolean> {
  return await httpAnswers(`http://127.0.0.1:${port}/-/ready`);
}

const CONFIG = `global:
  scrape_interval: 2s
scrape_configs:
  - job_name: tillstream
    file_sd_configs:
      - files: [targets.json]
`;
