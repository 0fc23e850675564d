/** What a connection may have sent without the server having confirmed it. Past this, news are dropped. */
const MAX_UNCONFIRMED_BYTES = 8 * 2 ** 20;
/** A round trip is asked for whenever so much is unconfirmed. */
const CONFIRM_EVERY_BYTES = 2 ** 20;

/** Keeps what waits for one connection within bounds when its server is slow, or no longer there. */
export class Outflow {
  readonly #confirm: () => Promise<void>;
  #unconfirmed = 0;
  #isConfirming = false;

  /** `confirm` settles when the server has got everything sent so far. */
  constructor(confirm: () => Promise<void>) {
    this.#confirm = confirm;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#unconfirmed + bytes <= MAX_UNCONFIRMED_BYTES;
  }

  sent(bytes: number): void {
    this.#unconfirmed += bytes;
    if (this.#unconfirmed < CONFIRM_EVERY_BYTES || this.#isConfirming) return;
    this.#isConfirming = true;
    const confirmed = this.#unconfirmed;
    this.#confirm().then(
      () => {
        this.#unconfirmed -= confirmed;
        this.#isConfirming = false;
      },
      // The connection is lost; the next one has an outflow of its own.
      () => undefined,
    );
  }
}
