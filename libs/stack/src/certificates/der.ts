/** The few forms of ASN.1 that a certificate is made of, in DER. */

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, ...parts);
}

export function set(...parts: readonly Buffer[]): Buffer {
  return element(0x31, ...parts);
}

/** A part that its number, and not its type, tells apart; `constructed` wraps whole elements. */
export function tagged(number: number, kind: 'constructed' | 'primitive', ...parts: readonly Buffer[]): Buffer {
  return element((kind === 'constructed' ? 0xa0 : 0x80) + number, ...parts);
}

/** A number of up to 127, or one given as big-endian bytes without a leading sign bit. */
export function integer(value: number | Buffer): Buffer {
  return element(0x02, typeof value === 'number' ? Buffer.of(value) : value);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.of(value ? 0xff : 0));
}

export function octets(bytes: Buffer): Buffer {
  return element(0x04, bytes);
}

export function bits(bytes: Buffer): Buffer {
  return element(0x03, Buffer.of(0), bytes);
}

export function text(value: string): Buffer {
  return element(0x0c, Buffer.from(value, 'utf8'));
}

/** To the second, from 1950 to 2049. */
export function time(value: Date): Buffer {
  const digits = value.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return element(0x17, Buffer.from(digits.slice(2), 'ascii'));
}

/** `1.2.840.10045.4.3.2` and the like. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return digits;
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(count: number): Buffer {
  if (count < 128) return Buffer.of(count);
  return count < 256 ? Buffer.of(0x81, count) : Buffer.of(0x82, count >> 8, count & 0xff);
}
