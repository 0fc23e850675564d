export const MAX_MESSAGE_BYTES = 1024 * 1024;
export const MAX_NESTING = 32;
export const MAX_TRANS_ID_BYTES = 4096;
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;
export const INT16_MIN = -(2 ** 15);
export const INT16_MAX = 2 ** 15 - 1;

export function isInt32(value: number): boolean {
  return value >= INT32_MIN && value <= INT32_MAX;
}

export function isInt16(value: number): boolean {
  return value >= INT16_MIN && value <= INT16_MAX;
}
