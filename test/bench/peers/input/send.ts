import { fileURLToPath } from 'node:url';
import { ChildProcess } from '../run/child-process.ts';
import type { SendOptions, Sent } from './send-main.ts';

const MAIN = fileURLToPath(new URL('./send-main.ts', import.meta.url));

/** Creates the topics and sends the input from another process. Resolves when all of it is in Kafka. */
export async function send(options: SendOptions): Promise<Sent> {
  const child = ChildProcess.node(MAIN, { args: [JSON.stringify(options)], output: 'pipe' });
  return JSON.parse(await child.output()) as Sent;
}
