import { fileURLToPath } from 'node:url';
import type { AnswerRow } from '../measure/answer.ts';
import { ChildProcess } from '../run/child-process.ts';

const LOAD_MAIN = fileURLToPath(new URL('./load-main.ts', import.meta.url));
const PACED_MAIN = fileURLToPath(new URL('./paced-main.ts', import.meta.url));

export type LoadOptions = { readonly brokers: string; readonly transactions: number };

/** What was sent, and what it comes to. */
export type Sent = { readonly records: number; readonly lines: number; readonly answer: readonly AnswerRow[] };

/** Creates the topics and sends the input from another process. Resolves when all of it is in Kafka. */
export async function sendAll(options: LoadOptions): Promise<Sent> {
  return JSON.parse(await startMain(LOAD_MAIN, options).nextLine()) as Sent;
}

export type Load = { readonly recordsPerSecond: number; readonly seconds: number };

/** `seconds` until all of it was stored. */
export type SentAtRate = Omit<Sent, 'lines'> & { readonly seconds: number };

/** A process that has its records in memory before a contender starts: making them takes nothing from anybody. */
export class PacedSender {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async prepare(load: Load): Promise<PacedSender> {
    const child = startMain(PACED_MAIN, load);
    await child.nextLine();
    return new PacedSender(child);
  }

  /** Once. Resolves when all of it is in Kafka. */
  async sendTo(brokers: string): Promise<SentAtRate> {
    this.#child.tell(`${brokers}\n`);
    return JSON.parse(await this.#child.nextLine()) as SentAtRate;
  }

  async end(): Promise<void> {
    await this.#child.end('SIGKILL');
  }
}

function startMain(main: string, options: LoadOptions | Load): ChildProcess {
  return ChildProcess.node(main, { args: [JSON.stringify(options)], output: 'pipe' });
}
