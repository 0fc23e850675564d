import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TopicPartition } from '../../record-batch.ts';
import { assign, decodeAssignment, encodeWishes, type MemberWishes } from './assignment.ts';

const partitionsOf =
  (count: number) =>
  (topic: string): TopicPartition[] =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition }));

const names = (partitions: readonly TopicPartition[]): string[] =>
  partitions.map(({ topic, partition }) => `${topic}/${partition}`).toSorted();

type Shares = Map<string, readonly TopicPartition[]>;

function deal(members: Readonly<Record<string, MemberWishes>>, count: number): Shares {
  const asked = Object.entries(members).map(([memberId, wishes]) => ({
    memberId,
    memberMetadata: encodeWishes(wishes),
  }));
  const dealt = assign(asked, partitionsOf(count));
  return new Map(dealt.map(({ memberId, memberAssignment }) => [memberId, decodeAssignment(memberAssignment)]));
}

const fresh = (...topics: string[]): MemberWishes => ({ topics, held: [], generation: -1 });

test('every partition goes to one member that wants it, shares differ by one at most, and claims are kept', () => {
  const anyHeld = fc.uniqueArray(fc.nat(11), { maxLength: 12 });
  const anyMember = fc.record({ held: anyHeld, generation: fc.integer({ min: -1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(anyMember, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 12 }), (any, count) => {
      const members = Object.fromEntries(
        any.map(({ held, generation }, index) => [
          `m${index}`,
          { topics: ['sales'], generation, held: held.map((partition) => ({ topic: 'sales', partition })) },
        ]),
      );
      const shares = deal(members, count);
      expect(names([...shares.values()].flat())).toEqual(names(partitionsOf(count)('sales')));
      const sizes = [...shares.values()].map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a member that joins gets its share, and nobody else gets anything', () => {
  const alone = deal({ a: fresh('sales') }, 4).get('a')!;
  const shares = deal({ a: { topics: ['sales'], held: alone, generation: 1 }, b: fresh('sales') }, 4);
  expect(names(alone)).toEqual(expect.arrayContaining(names(shares.get('a')!)));
  expect(shares.get('b')).toHaveLength(2);
});

test('a member that leaves gives up its own, and the others keep theirs', () => {
  const before = deal({ a: fresh('sales'), b: fresh('sales'), c: fresh('sales') }, 6);
  const held = (name: string): MemberWishes => ({ topics: ['sales'], held: before.get(name)!, generation: 4 });
  const after = deal({ a: held('a'), b: held('b') }, 6);
  for (const name of ['a', 'b']) {
    expect(names(after.get(name)!)).toEqual(expect.arrayContaining(names(before.get(name)!)));
  }
});

test('of two claims of a partition the later generation counts', () => {
  const held = partitionsOf(2)('sales');
  const shares = deal(
    { a: { topics: ['sales'], held, generation: 3 }, b: { topics: ['sales'], held: [held[0]!], generation: 9 } },
    2,
  );
  expect(names(shares.get('b')!)).toEqual(['sales/0']);
});

test('each gets only of the topics that it asked for', () => {
  const shares = deal({ a: fresh('sales', 'counts'), b: fresh('sales') }, 2);
  expect(names(shares.get('b')!).every((name) => name.startsWith('sales'))).toBe(true);
  expect(names([...shares.values()].flat())).toEqual(['counts/0', 'counts/1', 'sales/0', 'sales/1']);
});
