import { run } from '@tillstream/stack';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Objects of one cluster by kubectl, as its administrator. */
export class Kubectl {
  readonly #command: string;
  readonly #kubeconfig: string;

  constructor(command: string, kubeconfig: string) {
    this.#command = command;
    this.#kubeconfig = kubeconfig;
  }

  async run(...args: readonly string[]): Promise<string> {
    return run(this.#command, ['--kubeconfig', this.#kubeconfig, ...args]);
  }

  async get<Found>(kind: string, name: string, namespace = 'default'): Promise<Found> {
    return JSON.parse(await this.run('get', kind, name, '--namespace', namespace, '--output', 'json')) as Found;
  }

  async list<Found>(kind: string, ...args: readonly string[]): Promise<readonly Found[]> {
    return (
      JSON.parse(await this.run('get', kind, '--output', 'json', ...args)) as { readonly items: readonly Found[] }
    ).items;
  }

  async apply(...objects: readonly object[]): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'apply-'));
    try {
      const file = join(folder, 'objects.json');
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      return await this.run('apply', '--filename', file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
