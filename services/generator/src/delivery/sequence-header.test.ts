import { decodeHeaders } from '@tillstream/log';
import { describe, expect, it } from 'vitest';

import { SequenceHeader } from './sequence-header.ts';

describe('SequenceHeader', () => {
  it.each([0, 9, 10, 4_294_967_296, Number.MAX_SAFE_INTEGER])('carries the source and the sequence %i', (sequence) => {
    const header = new SequenceHeader('syn-12345678');
    header.of(123_456_789);
    expect(Object.fromEntries(decodeHeaders(header.of(sequence)))).toEqual({
      source: 'syn-12345678',
      sequence: String(sequence),
    });
  });
});
