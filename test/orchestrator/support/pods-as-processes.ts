import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVICES = fileURLToPath(new URL('../../../services', import.meta.url));

type Env = readonly { readonly name: string; readonly value?: string }[];

/** A Deployment or a Job, as far as its pods go. */
export type Workload = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly args: readonly [string]; readonly env: Env }] };
    };
  };
};

/** What a kubelet makes of pod templates, without images: the service with the pod's settings, as a process. */
export class PodsAsProcesses implements AsyncDisposable {
  readonly #folder: string;
  readonly #running = new Map<string, ChildProcess[]>();
  readonly #templates = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts and ends processes, so that there are as many as the Deployments say; of another template all anew. */
  async follow(deployments: readonly Workload[]): Promise<void> {
    for (const one of deployments) {
      const running = this.#running.get(one.metadata.name) ?? [];
      this.#running.set(one.metadata.name, running);
      const template = JSON.stringify(one.spec.template);
      if (this.#templates.get(one.metadata.name) !== template) for (const old of running.splice(0)) await end(old);
      this.#templates.set(one.metadata.name, template);
      while (running.length < one.spec.replicas!) running.push(this.#start(one, running.length));
      for (const surplus of running.splice(one.spec.replicas!)) await end(surplus);
    }
  }

  /** Resolves with its exit code. */
  async complete(job: Workload): Promise<number> {
    const [code] = (await once(this.#start(job, 0), 'exit')) as [number];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#running.values()].flat()) await end(child);
  }

  #start({ metadata: { name }, spec }: Workload, index: number): ChildProcess {
    const { args, env } = spec.template.spec.containers[0];
    const settings = Object.fromEntries(env.map(({ name: setting, value }) => [setting, value]));
    const own = { TILLSTREAM_INSTANCE: `${name}-${index}`, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0' };
    const main = join(SERVICES, args[0], 'src/main.ts');
    const child = spawn(process.execPath, ['--conditions=@tillstream/source', '--no-warnings', main], {
      env: { PATH: process.env['PATH'], ...settings, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(this.#folder, `${name}-${index}.log`), { flags: 'a' });
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    return child;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
