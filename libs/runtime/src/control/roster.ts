import { everyPresence, presenceSubject, type Signal } from '@tillstream/signal';
import { readPayload } from './payload.ts';
import { presenceSchema, type Presence } from './presence.ts';

/** So many announcements may be missing before a worker is taken for gone. */
const MISSED_BEATS = 3;
/** Far more than there will be: nobody's messages fill the memory. */
const MAX_MEMBERS = 10_000;

export type RosterOptions = {
  readonly signal: Signal;
  readonly pipeline: string;
  /** Milliseconds of any clock. */
  readonly now: () => number;
};

type Member = { readonly presence: Presence; readonly expiresAt: number };

/** Who of a pipeline's workers is there, by their own words. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #members = new Map<string, Member>();
  readonly #stopListening: () => void;
  #ignored = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
    const { signal, pipeline } = options;
    this.#stopListening = signal.subscribe(everyPresence(pipeline), (payload, subject) => this.#hear(payload, subject));
  }

  /**
   * Workers that have been heard of lately, by service and instance. One that has stopped is gone at once; one that
   * has failed or fallen silent stays until it has missed three announcements.
   */
  members(): readonly Presence[] {
    this.#forgetExpired();
    const members = Array.from(this.#members.values(), ({ presence }) => presence);
    return members.sort((a, b) => compare(a.service, b.service) || compare(a.instance, b.instance));
  }

  /** Messages that were no announcement, or somebody else's. */
  get ignored(): number {
    return this.#ignored;
  }

  close(): void {
    this.#stopListening();
    this.#members.clear();
  }

  #hear(payload: Uint8Array, subject: string): void {
    const presence = this.#read(payload, subject);
    if (presence === undefined) {
      this.#ignored++;
      return;
    }
    const known = this.#members.get(subject)?.presence;
    // The last words of a process come late when the next of its name has started already.
    if (known !== undefined && known.startedAt > presence.startedAt) return;
    if (presence.state === 'stopped') {
      this.#members.delete(subject);
      return;
    }
    if (known === undefined && this.#members.size >= MAX_MEMBERS) this.#forgetExpired();
    if (known === undefined && this.#members.size >= MAX_MEMBERS) return;
    this.#members.set(subject, { presence, expiresAt: this.#options.now() + MISSED_BEATS * presence.everyMs });
  }

  /** Who may publish on a subject is for the server to say; so a presence counts on its own subject only. */
  #read(payload: Uint8Array, subject: string): Presence | undefined {
    try {
      const presence = readPayload(presenceSchema, payload);
      const own = presenceSubject(this.#options.pipeline, presence.service, presence.instance);
      return own === subject ? presence : undefined;
    } catch {
      return undefined;
    }
  }

  #forgetExpired(): void {
    const now = this.#options.now();
    for (const [subject, { expiresAt }] of this.#members) if (expiresAt < now) this.#members.delete(subject);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
