import { commandSubject, type Signal } from '@tillstream/signal';
import { oneLine } from '../errors.ts';
import { commandAnswerSchema, type CommandAnswer } from './command.ts';
import { readPayload } from './payload.ts';

/** Without an instance: all of the service, or any of them. */
export type CommandAddress = { readonly pipeline: string; readonly service: string; readonly instance?: string };

export type CommandToSend = {
  readonly command: string;
  readonly input?: unknown;
  readonly timeoutMs: number;
};

/**
 * Has one instance do something, and gives its answer, which may be an error. Without an instance all of the service
 * do it, and the first answer is given. Rejects when nobody answers in time.
 */
export async function sendCommand(signal: Signal, to: CommandAddress, what: CommandToSend): Promise<CommandAnswer> {
  const { pipeline, service, instance } = to;
  const subject = commandSubject(pipeline, service, instance);
  return readPayload(commandAnswerSchema, await signal.request(subject, encode(what), what.timeoutMs));
}

/**
 * Has all instances of a service do something, and gives the answers that came in time, or, sooner, as soon as
 * `count` have come: a roster knows how many there are.
 */
export async function sendCommandToAll(
  signal: Signal,
  { pipeline, service }: Omit<CommandAddress, 'instance'>,
  what: CommandToSend & { readonly count?: number },
): Promise<readonly CommandAnswer[]> {
  const { timeoutMs, count } = what;
  const wanted = { timeoutMs, ...(count === undefined ? {} : { count }) };
  const answers = await signal.requestAll(commandSubject(pipeline, service), encode(what), wanted);
  return answers.map((answer) => {
    try {
      return readPayload(commandAnswerSchema, answer);
    } catch (error) {
      // One that answers nonsense does not hide the others.
      return { ok: false, service, instance: '(unknown)', error: `its answer: ${oneLine(error)}` };
    }
  });
}

function encode({ command, input }: CommandToSend): Uint8Array {
  return Buffer.from(JSON.stringify({ command, input }));
}
