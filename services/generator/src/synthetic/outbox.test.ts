import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';

it('gives messages back by position, and in the order they came within one', () => {
  const property = fc.property(fc.array(fc.nat(10), { maxLength: 50 }), (positions) => {
    const outbox = new Outbox(50);
    const messages = positions.map(
      (due, order) => ({ due, order }) as unknown as Message & { due: number; order: number },
    );
    for (const message of messages) outbox.put(message, message.due);
    const expected = messages.toSorted((a, b) => a.due - b.due);
    const taken: Message[] = [];
    for (let position = 0; position <= 10; position++) {
      for (let message = outbox.take(position); message !== undefined; message = outbox.take(position))
        taken.push(message);
      expect(taken).toEqual(expected.filter(({ due }) => due <= position));
    }
  });
  fc.assert(property);
});
