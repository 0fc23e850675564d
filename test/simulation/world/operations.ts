import type { Dice } from '../../support/dice.ts';

/** What a worker waits for. It happens in parts, each part at once, when the scheduler says so. */
export type Operation = {
  readonly label: () => string;
  readonly kind: OperationKind;
  readonly parts: (() => void)[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};

type OperationKind = 'insert' | 'produce' | 'commit' | 'query';

export type Request<Result> = {
  readonly label: () => string;
  readonly kind: OperationKind;
  readonly parts: readonly (() => void)[];
  /** What the worker gets; asked when the last part is done. */
  readonly result: () => Result;
};

/** A failure that the simulation made. Every other error of a worker is a bug. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** Everything that one life of a worker waits for. */
export class Operations {
  readonly pending: Operation[] = [];

  async ask<Result>({ label, kind, parts, result }: Request<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.pending.push({ label, kind, parts: [...parts], resolve: () => resolve(result()), reject });
    });
  }

  /** Does the next part, and answers after the last one. */
  advance(operation: Operation): void {
    try {
      operation.parts.shift()?.();
      if (operation.parts.length > 0) return;
      operation.resolve();
    } catch (error) {
      operation.reject(error as Error);
    }
    this.#remove(operation);
  }

  /** Answers with an error; what was asked may have happened all the same, in whole or in part. */
  fail(operation: Operation, dice: Dice): string {
    const happened = dice.below(operation.parts.length + 1);
    this.#remove(operation);
    try {
      for (const part of operation.parts.splice(0, happened)) part();
      operation.reject(new InjectedFault(`${operation.label()} failed`));
    } catch (error) {
      operation.reject(error as Error);
    }
    return `fails after ${happened} parts`;
  }

  /** Answers as if it had happened. */
  forget(operation: Operation): void {
    this.#remove(operation);
    operation.resolve();
  }

  /** The caller has died. Returns what is still on its way to a server, and may happen later. */
  abandon(): Operation[] {
    return this.pending.splice(0).filter(({ kind }) => kind === 'insert' || kind === 'produce');
  }

  #remove(operation: Operation): void {
    this.pending.splice(this.pending.indexOf(operation), 1);
  }
}
