import { isUtf8 } from 'node:buffer';
import { MAX_MESSAGE_BYTES, MAX_NESTING } from './limits.ts';
import type { Rule } from './rules.ts';

export type JsonObject = { readonly [field: string]: unknown };

/**
 * The JSON object in `bytes[start, end)`, or the first rule of group 1 that it breaks, as far as parsing can tell.
 * Nesting, lone surrogates and number sizes of a document that parses are left to `checkWhole`: a document
 * whose fields are all as expected cannot break them, and nearly all documents are that.
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
  return document === undefined ? 'invalid_json' : (checkValues(document) ?? 'not_an_object');
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

/** The rules of group 1 that a parsed document with an unexpected shape may still break, in their order. */
export function checkWhole(document: JsonObject, bytes: Buffer, start: number, end: number): Rule | undefined {
  // First, because what follows is recursive.
  if (nesting(bytes, start, end) > MAX_NESTING) return 'nested_too_deep';
  const broken = checkValues(document);
  if (broken === 'invalid_json') return broken;
  return hasForbiddenField(document) ? 'forbidden_field' : broken;
}

/** Levels of brackets outside strings. Works on any bytes, so that a document that does not parse can be judged. */
function nesting(bytes: Buffer, start: number, end: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (inString) {
      if (byte === 0x5c) position++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

/** `invalid_json` for a lone surrogate anywhere, else `number_out_of_range` for a number that a double cannot hold exactly. */
function checkValues(document: unknown): Rule | undefined {
  let outOfRange = false;
  const isWellFormed = (value: unknown): boolean => {
    if (typeof value === 'string') return value.isWellFormed();
    if (typeof value === 'number') {
      if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) outOfRange = true;
    } else if (Array.isArray(value)) return value.every(isWellFormed);
    else if (typeof value === 'object' && value !== null) {
      return Object.entries(value).every(([field, inner]) => field.isWellFormed() && isWellFormed(inner));
    }
    return true;
  };
  if (!isWellFormed(document)) return 'invalid_json';
  return outOfRange ? 'number_out_of_range' : undefined;
}

function hasForbiddenField(document: JsonObject): boolean {
  if (Object.hasOwn(document, '__proto__')) return true;
  const items = Object.hasOwn(document, 'items') ? document['items'] : undefined;
  if (!Array.isArray(items)) return false;
  return items.some((item) => typeof item === 'object' && item !== null && Object.hasOwn(item, '__proto__'));
}
