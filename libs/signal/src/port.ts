/**
 * The signal port: live news and commands. Best effort by contract: nobody may depend on a message for correctness,
 * and sending never waits. Subjects are dot-separated words; a subscription may end in `>` for everything below.
 */
export interface Signal {
  publish(subject: string, payload: Uint8Array): void;
  /** Whether anybody here would get it: lets a sender spare the encoding. */
  isHeard(subject: string): boolean;
  /** Returns how to unsubscribe. */
  subscribe(subject: string, listener: (payload: Uint8Array, subject: string) => void): () => void;
  /** Asks whoever answers the subject; rejects when nobody does within the time. */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Answers requests on the subject. Returns how to stop. */
  reply(subject: string, answer: (payload: Uint8Array) => Promise<Uint8Array>): () => void;
  close(): Promise<void>;
}
