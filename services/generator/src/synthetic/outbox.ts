import type { Message } from './message.ts';

type Waiting = { readonly due: number; readonly order: number; readonly message: Message };

/**
 * Messages that wait for their turn: a binary heap by position, those of one position in the order they came.
 * Bounded, so that years of transactions need no more memory than a day.
 */
export class Outbox {
  readonly #heap: Waiting[] = [];
  readonly #capacity: number;
  #order = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#heap.length >= this.#capacity;
  }

  put(message: Message, due: number): void {
    const heap = this.#heap;
    const waiting: Waiting = { due, order: this.#order++, message };
    let index = heap.push(waiting) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent]!, waiting)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = waiting;
  }

  /** The next message that is due at `position`; undefined when none is. */
  take(position: number): Message | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.due > position) return undefined;
    const last = this.#heap.pop()!;
    if (last !== first) this.#sinkFromTop(last);
    return first.message;
  }

  #sinkFromTop(waiting: Waiting): void {
    const heap = this.#heap;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child]!)) child++;
      if (isBefore(waiting, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = waiting;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
