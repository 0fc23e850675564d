import { commandSubject, type Signal } from '@tillstream/signal';
import { oneLine, UserError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { commandRequestSchema, type Command, type CommandAnswer } from './command.ts';
import { MAX_PAYLOAD_BYTES, readPayload } from './payload.ts';

/** More at once are turned away: whoever sends them faster than they are done gains nothing. */
const MAX_IN_HAND = 16;

export type CommandDeskOptions = {
  readonly signal: Signal;
  readonly pipeline: string;
  readonly service: string;
  readonly instance: string;
  readonly commands: readonly Command[];
  readonly telemetry: Telemetry;
  readonly logger: Logger;
};

/** Takes commands to one instance and to all of its service. Each is answered, whatever it holds and does. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #stops: readonly (() => void)[];
  #inHand = 0;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
    this.#commands = new Map(options.commands.map((one) => [one.name, one]));
    const { signal, pipeline, service, instance } = options;
    const subjects = [commandSubject(pipeline, service), commandSubject(pipeline, service, instance)];
    this.#stops = subjects.map((subject) => signal.reply(subject, async (payload) => this.#answer(payload)));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  async #answer(payload: Uint8Array): Promise<Uint8Array> {
    const { service, instance, logger, telemetry } = this.#options;
    this.#inHand++;
    try {
      const bytes = this.#encode({ ok: true, service, instance, result: await this.#run(payload) });
      telemetry.count(service, [{ name: 'commands_done', dataset: '', value: 1 }]);
      return bytes;
    } catch (error) {
      telemetry.count(service, [{ name: 'commands_failed', dataset: '', value: 1 }]);
      logger.warn({ err: error }, 'a command failed');
      return this.#encode({ ok: false, service, instance, error: oneLine(error).slice(0, 1000) });
    } finally {
      this.#inHand--;
    }
  }

  async #run(payload: Uint8Array): Promise<unknown> {
    if (this.#inHand > MAX_IN_HAND) throw new UserError(`${MAX_IN_HAND} commands are in hand already: try again later`);
    const request = readPayload(commandRequestSchema, payload);
    const known = this.#commands.get(request.command);
    if (known === undefined) {
      const names = [...this.#commands.keys()].sort().join(', ');
      throw new UserError(
        `${JSON.stringify(request.command)} is no command of ${this.#options.service}: it has ${names}`,
      );
    }
    this.#options.logger.info({ command: known.name }, 'command');
    return known.run(request.input);
  }

  #encode(answer: CommandAnswer): Uint8Array {
    const bytes = Buffer.from(JSON.stringify(answer));
    if (bytes.length > MAX_PAYLOAD_BYTES) {
      throw new UserError(
        `the answer would have ${bytes.length} bytes, more than the ${MAX_PAYLOAD_BYTES} that are sent`,
      );
    }
    return bytes;
  }
}
