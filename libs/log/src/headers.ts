/**
 * Record headers as ClickHouse RowBinary `Map(String, String)`: an unsigned LEB128 count, then for each pair the
 * key and the value, each an unsigned LEB128 length and its bytes. Bronze stores these bytes unread.
 */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const pairs = Object.entries(headers);
  parts.push(leb128(pairs.length));
  for (const [key, value] of pairs) {
    for (const text of [key, value]) {
      const bytes = Buffer.from(text);
      parts.push(leb128(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** The inverse of `encodeHeaders`; an empty buffer is no headers. Repeated keys: the last wins. */
export function decodeHeaders(encoded: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (encoded.length === 0) return headers;
  let position = 0;
  const length = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = encoded[position++];
      if (byte === undefined) throw new Error('record headers end in the middle of a length');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const end = length() + position;
    if (end > encoded.length) throw new Error('record headers end in the middle of a text');
    const value = encoded.toString('utf8', position, end);
    position = end;
    return value;
  };
  for (let pairs = length(); pairs > 0; pairs--) headers.set(text(), text());
  return headers;
}

function leb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
