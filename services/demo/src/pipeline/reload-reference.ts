import { GOLD_SERVICE } from '@tillstream/gold-aggregator';
import {
  LOAD_REFERENCE,
  RELOAD_REFERENCE,
  REPLAY_QUARANTINE,
  sendCommand,
  sendCommandToAll,
  UserError,
  type CommandAnswer,
} from '@tillstream/runtime';
import type { Signal } from '@tillstream/signal';
import { replayedSchema, SILVER_SERVICE } from '@tillstream/silver-normalizer';

/** Which instance of silver does what one is enough for, and how many there are of both. */
export type Instances = { readonly silver: readonly [string, ...string[]]; readonly gold: number };

/** Records may be many; the answer comes when the last one is sent. */
const TIMEOUT_MS = 600_000;

/**
 * Loads the reference data again while everything runs, and sends the records again that waited for it; returns how
 * many. In this order: gold knows the rules before lines come that need them, and when every silver worker has
 * finished the turn in hand, what was judged by the old data is in quarantine, so that nothing is missed.
 */
export async function reloadReference(signal: Signal, pipeline: string, instances: Instances): Promise<number> {
  const [instance] = instances.silver;
  const tellOne = async (command: string): Promise<unknown> => {
    const to = { pipeline, service: SILVER_SERVICE, instance };
    return resultOf(await sendCommand(signal, to, { command, timeoutMs: TIMEOUT_MS }));
  };
  const tellAll = async (service: string, count: number): Promise<void> => {
    const what = { command: RELOAD_REFERENCE, timeoutMs: TIMEOUT_MS, count };
    const answers = await sendCommandToAll(signal, { pipeline, service }, what);
    answers.forEach(resultOf);
    if (answers.length >= count) return;
    throw new UserError(
      `${answers.length} of ${count} instances of ${service} have reloaded the reference data: try again`,
    );
  };
  await tellOne(LOAD_REFERENCE);
  await tellAll(GOLD_SERVICE, instances.gold);
  await tellAll(SILVER_SERVICE, instances.silver.length);
  return replayedSchema.parse(await tellOne(REPLAY_QUARANTINE)).records;
}

function resultOf(answer: CommandAnswer): unknown {
  if (!answer.ok) throw new UserError(answer.error);
  return answer.result;
}
