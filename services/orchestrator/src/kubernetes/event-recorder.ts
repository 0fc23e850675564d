import { oneLine, type Logger } from '@tillstream/runtime';
import { randomUUID } from 'node:crypto';
import type { ApiServer } from './api-server.ts';
import { EVENTS } from './kinds.ts';
import { microTime } from './leader-election.ts';
import type { KubernetesObject } from './object.ts';

/** Something that happened to an object, for people: `kubectl describe` shows it. */
export type ObjectEvent = {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase: what the event is called. */
  readonly reason: string;
  /** What was being done. */
  readonly action: string;
  readonly message: string;
  /** Events that differ by nothing but their figures are one: told again after half an hour. None: always told. */
  readonly repeatKey?: string;
};

export type EventRecorderOptions = {
  readonly api: Pick<ApiServer, 'create'>;
  readonly instance: string;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

const QUIET_MS = 30 * 60_000;
const MOST_CHARACTERS = 1000;

/** Tells events to the API server. One that cannot be told is lost: it says nothing that the status does not. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #toldAt = new Map<string, number>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Those of the events that are told, not repeated. */
  async record(object: KubernetesObject, events: readonly ObjectEvent[]): Promise<readonly ObjectEvent[]> {
    const due = events.filter((event) => this.#isDue(object.metadata.uid, event));
    for (const event of due) {
      try {
        await this.#options.api.create(EVENTS, this.#eventObject(object, event));
      } catch (error) {
        this.#options.logger.warn({ reason: oneLine(error), event: event.reason }, 'an event was not told');
      }
    }
    return due;
  }

  #isDue(uid: string, { reason, repeatKey }: ObjectEvent): boolean {
    if (repeatKey === undefined) return true;
    const now = this.#options.now();
    for (const [key, at] of this.#toldAt) if (now - at >= QUIET_MS) this.#toldAt.delete(key);
    const key = `${uid} ${reason} ${repeatKey}`;
    if (this.#toldAt.has(key)) return false;
    this.#toldAt.set(key, now);
    return true;
  }

  #eventObject({ apiVersion, kind, metadata }: KubernetesObject, { type, reason, action, message }: ObjectEvent) {
    const { namespace, name, uid, resourceVersion } = metadata;
    return {
      apiVersion: EVENTS.apiVersion,
      kind: EVENTS.kind,
      metadata: { namespace, name: `${name}.${randomUUID().slice(0, 18)}` },
      eventTime: microTime(new Date(this.#options.now())),
      reportingController: 'tillstream.dev/operator',
      reportingInstance: this.#options.instance,
      action,
      type,
      reason,
      note: message.slice(0, MOST_CHARACTERS),
      regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
    };
  }
}
