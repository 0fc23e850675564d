import { isUtf8 } from 'node:buffer';
import { MAX_MESSAGE_BYTES, MAX_NESTING } from './limits.ts';
import type { Rule } from './rules.ts';

export type JsonObject = { readonly [field: string]: unknown };

/**
 * The JSON object in `bytes[start, end)`, or the first rule of group 1 that it breaks, as far as parsing can tell.
 * Nesting, lone surrogates and number sizes of a document that parses are left to `checkWhole`: a document
 * whose fields are all as expected, each once, cannot break them, and nearly all documents are that.
 */
export function parseObject(bytes: Buffer, start: number, end: number): JsonObject | Rule {
  if (start < 0 || start === end) return 'empty_message';
  if (end - start > MAX_MESSAGE_BYTES) return 'message_too_large';
  const text = bytes.toString('utf8', start, end);
  // Decoding replaces what is no UTF-8; the replacement character itself may be what was sent.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) return 'invalid_utf8';
  const document = parseText(text);
  if (isObject(document)) return document;
  if (nesting(bytes, start, end) > MAX_NESTING) return 'nested_too_deep';
  return document === undefined || hasLoneSurrogate(text) ? 'invalid_json' : 'not_an_object';
}

/** Undefined for what is no JSON: no JSON text means that. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(document: unknown): document is JsonObject {
  return typeof document === 'object' && document !== null && !Array.isArray(document);
}

/**
 * Colons in the text, or -1 when there is a backslash. Without escapes, their number tells whether a field occurs twice:
 * JSON.parse keeps the last of them, and the rules hold for the others all the same.
 */
export function countColons(bytes: Buffer, start: number, end: number): number {
  let colons = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === 0x3a) colons++;
    else if (byte === 0x5c) return -1;
  }
  return colons;
}

/**
 * The rules of group 1 that a parsed document with an unexpected shape may still break, in their order. All but one look
 * at the text, where a field that occurs twice has both of its values.
 */
export function checkWhole(document: JsonObject, bytes: Buffer, start: number, end: number): Rule | undefined {
  if (nesting(bytes, start, end) > MAX_NESTING) return 'nested_too_deep';
  if (hasLoneSurrogate(bytes.toString('latin1', start, end))) return 'invalid_json';
  if (hasForbiddenField(document)) return 'forbidden_field';
  return hasLargeNumber(bytes, start, end) ? 'number_out_of_range' : undefined;
}

/** Levels of brackets outside strings. Works on any bytes, so that a document that does not parse can be judged. */
function nesting(bytes: Buffer, start: number, end: number): number {
  let depth = 0;
  let deepest = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === 0x22) position = endOfString(bytes, position + 1, end);
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

/** Where the string whose first character is at `start` has its closing quote. */
function endOfString(bytes: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && bytes[position] !== 0x22) position += bytes[position] === 0x5c ? 2 : 1;
  return position;
}

/** An escaped pair, or half of one, or another escape. */
const ESCAPE = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)/g;

/** Of a text that parses: its backslashes all stand in strings, and nothing but an escape makes a lone surrogate. */
function hasLoneSurrogate(text: string): boolean {
  if (!text.includes('\\')) return false;
  for (const [, loneSurrogate] of text.matchAll(ESCAPE)) if (loneSurrogate !== undefined) return true;
  return false;
}

/** Of a text that parses: a number whose double is not finite, or beyond the integers that doubles tell apart. */
function hasLargeNumber(bytes: Buffer, start: number, end: number): boolean {
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === 0x22) position = endOfString(bytes, position + 1, end);
    else if (isNumberPart(byte)) {
      const first = position;
      while (position + 1 < end && isNumberPart(bytes[position + 1]!)) position++;
      const value = Number(bytes.toString('latin1', first, position + 1));
      // NaN stands for a letter of true, false or null.
      if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return true;
    }
  }
  return false;
}

/** Digits, sign, point and exponent. */
function isNumberPart(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e || byte === 0x2b || (byte | 0x20) === 0x65;
}

function hasForbiddenField(document: JsonObject): boolean {
  if (Object.hasOwn(document, '__proto__')) return true;
  const items = Object.hasOwn(document, 'items') ? document['items'] : undefined;
  if (!Array.isArray(items)) return false;
  return items.some((item) => typeof item === 'object' && item !== null && Object.hasOwn(item, '__proto__'));
}
