import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './test-cluster.ts';

/** One namespace of a cluster, as its admin. */
export class Namespace {
  readonly #cluster: TestCluster;
  readonly name: string;

  constructor(cluster: TestCluster, name: string) {
    this.#cluster = cluster;
    this.name = name;
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return await this.#cluster.kubectl('--namespace', this.name, ...args);
  }

  async get<Found>(kind: string, name: string): Promise<Found> {
    return JSON.parse(await this.kubectl('get', kind, name, '--output=json')) as Found;
  }

  async list<Found>(kind: string, ...args: readonly string[]): Promise<readonly Found[]> {
    const { items } = JSON.parse(await this.kubectl('get', kind, '--output=json', ...args)) as { items: Found[] };
    return items;
  }

  async apply(object: object): Promise<void> {
    await withFile(object, async (file) => await this.kubectl('apply', '--filename', file));
  }

  async patch(kind: string, name: string, patch: object): Promise<void> {
    await this.kubectl('patch', kind, name, '--type=merge', '--patch', JSON.stringify(patch));
  }

  async helm(command: 'install' | 'upgrade', release: string, chart: string, values: object): Promise<void> {
    const args = [command, release, chart, '--namespace', this.name, '--wait', '--timeout=240s'];
    await withFile(values, async (file) => await this.#cluster.helm(...args, '--values', file));
  }

  /** Runs the tests of a release. Their pods are deleted when they succeed. */
  async test(release: string): Promise<void> {
    await this.#cluster.helm('test', release, '--namespace', this.name, '--timeout=240s');
  }

  async uninstall(release: string): Promise<void> {
    await this.#cluster.helm('uninstall', release, '--namespace', this.name, '--wait', '--timeout=240s');
  }
}

async function withFile<Result>(content: object, use: (file: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'namespace-'));
  try {
    const file = join(folder, 'content.json');
    writeFileSync(file, JSON.stringify(content));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
