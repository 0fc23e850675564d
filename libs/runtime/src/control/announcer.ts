import { presenceSubject, type Signal } from '@tillstream/signal';
import type { Worker } from '../worker/worker.ts';
import type { Presence } from './presence.ts';

/** Who a worker is, besides its service. */
export type Identity = {
  readonly pipeline: string;
  /** Of this process: no other of its service has the same name at the same time. */
  readonly instance: string;
  readonly version: string;
};

export type AnnouncerOptions = Identity & {
  readonly worker: Pick<Worker, 'onChange' | 'status'>;
  readonly signal: Signal;
  readonly everyMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Tells that a worker is there: at every change, and again and again, until it has stopped or failed. */
export function announce(options: AnnouncerOptions): () => void {
  const { worker, signal, everyMs } = options;
  const startedAt = options.now();
  const subject = presenceSubject(options.pipeline, worker.status().service, options.instance);
  const tell = (): void => {
    if (isFinal(worker.status().state)) clearInterval(beat);
    if (signal.isHeard(subject)) signal.publish(subject, Buffer.from(JSON.stringify(presenceOf(options, startedAt))));
  };
  // It must not keep a process alive that has nothing else to do.
  const beat = setInterval(tell, everyMs).unref();
  const stopListening = worker.onChange(tell);
  tell();
  return () => {
    clearInterval(beat);
    stopListening();
  };
}

function presenceOf({ worker, instance, version, everyMs, now }: AnnouncerOptions, startedAt: number): Presence {
  const { partitions, ...status } = worker.status();
  // Field by field: a log may know more of a partition than others need to.
  const assigned = partitions.map(({ topic, partition, nextOffset }) => ({
    topic,
    partition,
    ...(nextOffset === undefined ? {} : { nextOffset }),
  }));
  return { ...status, instance, version, startedAt, at: now(), everyMs, partitions: assigned };
}

function isFinal(state: Presence['state']): boolean {
  return state === 'stopped' || state === 'failed';
}
