import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const VERSION = 'v2.12.2';

/** A real NATS server on a port of its own, that a test may kill, stop in its tracks, and start again. */
export class NatsServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Not started yet. */
  static async prepare(folder: string): Promise<NatsServer> {
    mkdirSync(folder, { recursive: true });
    return new NatsServer(folder, await freePort());
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** `config` in the server's own language, which may name variables of `env`. Settles when it answers. */
  async start(config = '', env: Readonly<Record<string, string>> = {}): Promise<void> {
    const file = join(this.#folder, 'nats.conf');
    writeFileSync(file, `host: 127.0.0.1\nport: ${this.port}\n${config}\n`);
    const child = spawn(natsBinary(), ['-c', file, '-l', join(this.#folder, 'nats.log')], {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    this.#process = child;
    while (!(await accepts(this.port))) {
      if (child.exitCode !== null) throw new Error(`the NATS server has ended: see ${this.#folder}/nats.log`);
      await sleep(10);
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** Built once, through the Go module proxy. */
function natsBinary(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tillstream', 'bin');
  const binary = join(cache, 'nats-server');
  if (!existsSync(binary)) {
    const env = { ...process.env, GOBIN: cache };
    execFileSync('go', ['install', `github.com/nats-io/nats-server/v2@${VERSION}`], { env, stdio: 'inherit' });
  }
  return binary;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket
      .once('data', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer === true;
  });
}
