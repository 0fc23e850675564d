import { startNats, type NatsServer as Running } from '@tillstream/stack';

/** A real NATS server that a test may kill, stop in its tracks, and start again at the same address. */
export class NatsServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly #folder: string;
  #running: Running | undefined;

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.address = address;
  }

  /** Has an address, and is not started yet. */
  static async prepare(folder: string): Promise<NatsServer> {
    const first = await startNats({ folder });
    await first.kill();
    return new NatsServer(folder, first.address);
  }

  get port(): number {
    return Number(this.address.split(':')[1]);
  }

  /** `config` in the server's own language. Settles when it answers. */
  async start(config = ''): Promise<void> {
    this.#running = await startNats({ folder: this.#folder, config });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#running!.pid, name);
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
    this.#running = undefined;
  }
}
