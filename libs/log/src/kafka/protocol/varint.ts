/** Zigzag variable-length integers as in Kafka's records, exact up to 2^52. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Returns where it ends. */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let rest = zigzag(value);
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) + 0x80;
  target[at++] = rest;
  return at;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}
