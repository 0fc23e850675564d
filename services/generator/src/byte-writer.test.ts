import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ByteWriter } from './byte-writer.ts';

describe('ByteWriter', () => {
  it('writes safe integers as JSON does', () => {
    const writer = new ByteWriter();
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        writer.integer(value);
        expect(writer.take().toString()).toBe(String(value));
      }),
    );
  });

  it('writes hexadecimal and padded numbers', () => {
    const writer = new ByteWriter();
    writer.hexadecimal(0xdeadbeef, 8);
    writer.hexadecimal(0x12345, 4);
    writer.padded(7, 3);
    expect(writer.take().toString()).toBe('DEADBEEF2345007');
  });

  it('grows, and gives memory away only once', () => {
    const writer = new ByteWriter();
    const block = Buffer.alloc(3000, 'a');
    for (let count = 0; count < 5; count++) writer.append(block);
    const taken = writer.take();
    writer.append(Buffer.from('other'));
    expect(taken.equals(Buffer.alloc(15_000, 'a'))).toBe(true);
    expect(writer.take().toString()).toBe('other');
  });
});
