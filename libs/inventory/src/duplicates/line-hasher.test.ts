import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LineHasher, type LineContent } from './line-hasher.ts';

vi.setConfig({ testTimeout: 60_000 });

const CONTENT: LineContent = { itemId: 1, storeId: 19, quantity: -6, changeTypeId: 1, dateTime: 1298974500000 };

function hashOf(transId: string, content: LineContent, seed = 7) {
  const hasher = new LineHasher(seed);
  const bytes = Buffer.from(`<${transId}>`);
  hasher.transaction(bytes, 1, bytes.length - 1);
  hasher.line(content);
  const { identityHigh, identityLow } = hasher;
  return { high: identityHigh, low: identityLow, content: hasher.content };
}

const identityOf = (transId: string, itemId: number, seed = 7): string => {
  const { high, low } = hashOf(transId, { ...CONTENT, itemId }, seed);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
};

describe('identity of a line', () => {
  // Stored beside the rows: another value here needs a new era.
  test.each([
    ['a UUID', 'B260DE2D-0C15-4D3A-9A65-0C6C8D1A7F11', 103437, '85270acf26a19846'],
    ['one in braces', '{B260DE2D-0C15-4D3A-9A65-0C6C8D1A7F11}', 103437, 'f4bba9d3ed4398fd'],
    ['a negative item', 'B260DE2D-0C15-4D3A-9A65-0C6C8D1A7F11', -1, '4ea633532daaee80'],
    ['a short id and item 0', 'T-1', 0, 'ae547ec61046e953'],
    ['letters beyond ASCII and the greatest item', 'Ä😀', 2147483647, '9ad453362f62c399'],
    ['the longest id and the smallest item', 'x'.repeat(4096), -2147483648, '65dc7f1aa2724eed'],
  ])('of %s is what is stored', (_, transId, itemId, identity) => {
    expect(identityOf(transId, itemId)).toBe(identity);
  });

  test('is the same in every process and whatever the line says', () => {
    expect(identityOf('T-1', 5, 1)).toBe(identityOf('T-1', 5, -2));
    const one = hashOf('T-1', { ...CONTENT, itemId: 5 });
    const other = hashOf('T-1', { itemId: 5, storeId: 2, quantity: 3, changeTypeId: 4, dateTime: 5 });
    expect([other.high, other.low]).toEqual([one.high, one.low]);
  });

  test('has no collision in 2 million lines whose ids are alike', () => {
    const shapes: readonly ((index: number) => readonly [string, number])[] = [
      (index) => [`T-${String(index >> 2).padStart(9, '0')}`, 100_000 + (index & 3)],
      (index) => [`${index}-2011-03-01-till-0001`, 1],
      (index) => [`S${index % 50}/${Math.floor(index / 50) % 20}/${Math.floor(index / 1000)}`, 1],
      (index) => ['one', index - 250_000],
    ];
    const count = 2_000_000;
    const hasher = new LineHasher(1);
    const hashes = new Float64Array(count);
    const bytes = Buffer.alloc(64);
    for (let index = 0; index < count; index++) {
      const [transId, itemId] = shapes[index & 3]!(index >> 2);
      hasher.transaction(bytes, 0, bytes.write(transId, 'latin1'));
      hasher.line({ ...CONTENT, itemId });
      // 53 of the 64 bits: were they random, two of 2 million would agree once in 4,500 such sets.
      hashes[index] = hasher.identityHigh * 2 ** 21 + (hasher.identityLow >>> 11);
    }
    hashes.sort();
    let collisions = 0;
    for (let index = 1; index < count; index++) if (hashes[index] === hashes[index - 1]) collisions++;
    expect(collisions).toBe(0);
  });

  test('spreads neighbours over all of its lower bits, from which slots and filter blocks are taken', () => {
    const buckets = new Uint32Array(256);
    for (let index = 0; index < 256 * 1000; index++) buckets[hashOf(`T-${index}`, CONTENT).low & 255]!++;
    expect(Math.min(...buckets)).toBeGreaterThan(850);
    expect(Math.max(...buckets)).toBeLessThan(1150);
  });

  test('changes about half of its bits with any bit of the id', () => {
    const bitsOf = (value: number): number => value.toString(2).replaceAll('0', '').length;
    let changed = 0;
    const samples = 4000;
    for (let sample = 0; sample < samples; sample++) {
      const bytes = Buffer.from(`B260DE2D-0C15-${String(sample).padStart(12, '0')}`);
      const one = hashOf(bytes.toString('latin1'), CONTENT);
      bytes[sample % bytes.length]! ^= 1 << (sample % 5);
      const other = hashOf(bytes.toString('latin1'), CONTENT);
      changed += bitsOf((one.high ^ other.high) >>> 0) + bitsOf((one.low ^ other.low) >>> 0);
    }
    expect(changed / samples).toBeGreaterThan(30);
    expect(changed / samples).toBeLessThan(34);
  });
});

describe('content of a line', () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const content = fc.record({
    itemId: int32,
    storeId: int32,
    quantity: int32,
    changeTypeId: fc.integer({ min: -32768, max: 32767 }),
    dateTime: fc.integer({ min: 0, max: Date.UTC(2300, 0, 1) }),
  });
  const transId = fc.string({ minLength: 1, maxLength: 8 });

  test('is the same for the same, and a whole number of 53 bits', () => {
    fc.assert(
      fc.property(transId, content, int32, (id, said, seed) => {
        const hash = hashOf(id, said, seed).content;
        expect(hashOf(id, { ...said }, seed).content).toBe(hash);
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('differs with every field alone, by any amount', () => {
    const fields = fc.constantFrom('itemId', 'storeId', 'quantity', 'changeTypeId', 'dateTime');
    fc.assert(
      fc.property(transId, content, content, fields, (id, said, other, field) => {
        fc.pre(said[field] !== other[field]);
        expect(hashOf(id, { ...said, [field]: other[field] }).content).not.toBe(hashOf(id, said).content);
      }),
      { numRuns: 3000 },
    );
  });

  test('differs when two fields exchange their values or make up for each other', () => {
    const said = { ...CONTENT, storeId: 19, quantity: 20 };
    const seen = new Set<number>();
    for (let change = 0; change < 20_000; change++) {
      seen.add(hashOf('T', { ...said, storeId: 19 ^ change, quantity: 20 ^ change }).content);
    }
    expect(seen.size).toBe(20_000);
    expect(hashOf('T', { ...said, storeId: 20, quantity: 19 }).content).not.toBe(hashOf('T', said).content);
  });

  test('cannot be met without the secret: what makes up for a store by multiplication differs', () => {
    // An earlier form took store and quantity together as `quantity * A ^ store * B`, which anybody can solve.
    const [a, b] = [0x9e3779b1, 0x85ebca77];
    let inverse = a;
    for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(a, inverse));
    for (let storeId = 20; storeId < 200; storeId++) {
      const wanted = Math.imul(CONTENT.quantity, a) ^ Math.imul(CONTENT.storeId, b) ^ Math.imul(storeId, b);
      const quantity = Math.imul(wanted, inverse);
      expect(hashOf('T', { ...CONTENT, storeId, quantity }).content).not.toBe(hashOf('T', CONTENT).content);
    }
  });

  test('depends on the secret and on the transaction', () => {
    expect(new Set(Array.from({ length: 1000 }, (_, seed) => hashOf('T', CONTENT, seed).content)).size).toBe(1000);
    expect(hashOf('T', CONTENT).content).not.toBe(hashOf('U', CONTENT).content);
  });
});
