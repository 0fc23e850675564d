/**
 * The signal port: live news and commands. Best effort by contract: nobody may depend on a message for correctness,
 * and sending never waits. Subjects are dot-separated words (`subjects.ts` makes them); a subscription may end in `>`
 * for everything below. A listener that throws ends the process, as any unknown error does.
 */
export interface Signal {
  /** Sends, or drops what cannot be sent now. */
  publish(subject: string, payload: Uint8Array): void;
  /** Whether anybody may get it: lets a sender spare the encoding. */
  isHeard(subject: string): boolean;
  /** Returns how to unsubscribe. */
  subscribe(subject: string, listener: (payload: Uint8Array, subject: string) => void): () => void;
  /** Asks whoever answers the subject, and takes the first answer; rejects when there is none within the time. */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /**
   * Asks all who answer the subject: what came within the time, or, sooner, as soon as `count` have answered. Answers
   * that failed are left out. Rejects only where nothing can be asked.
   */
  requestAll(subject: string, payload: Uint8Array, wanted: WantedAnswers): Promise<readonly Uint8Array[]>;
  /** Answers requests on the subject; when it rejects, so does the request. Returns how to stop. */
  reply(subject: string, answer: (payload: Uint8Array) => Promise<Uint8Array>): () => void;
  /** Sends what is on its way, within a bounded time. Afterwards nothing is sent or heard. */
  close(): Promise<void>;
}

export type WantedAnswers = { readonly timeoutMs: number; readonly count?: number };
