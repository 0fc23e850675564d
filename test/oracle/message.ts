/**
 * Group 1 of docs/contracts.md: from bytes to a JSON object, or to the one rule that is broken. Plain and slow on purpose: this
 * is what the pipeline's reader and the auditor's SQL are measured against.
 */
export type Fields = Readonly<Record<string, unknown>>;
export type ReadMessage = { readonly message: Fields } | { readonly broken: string };

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readMessage(value: Buffer): ReadMessage {
  if (value.length === 0) return { broken: 'empty_message' };
  if (value.length > MAX_BYTES) return { broken: 'message_too_large' };
  const text = attempt(() => utf8.decode(value));
  if (text === undefined) return { broken: 'invalid_utf8' };
  if (depth(text) > MAX_DEPTH) return { broken: 'nested_too_deep' };
  const json = attempt(() => ({ value: JSON.parse(text) as unknown }));
  if (json === undefined || hasLoneSurrogate(text)) return { broken: 'invalid_json' };
  if (!isObject(json.value)) return { broken: 'not_an_object' };
  if (hasForbiddenField(json.value)) return { broken: 'forbidden_field' };
  if (hasLargeNumber(text)) return { broken: 'number_out_of_range' };
  return { message: json.value };
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A string begins at a quote and ends at the next one without a backslash before it, whatever is in it. */
function depth(text: string): number {
  let level = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString && character === '\\') index++;
    else if (character === '"') inString = !inString;
    else if (!inString) {
      if (character === '{' || character === '[') level++;
      if (character === '}' || character === ']') level--;
      deepest = Math.max(deepest, level);
    }
  }
  return deepest;
}

const STRINGS = /"(?:[^"\\]|\\[^])*"/g;

/** In any string, field names and overwritten fields included. Only an escape can write one: the bytes are UTF-8. */
function hasLoneSurrogate(text: string): boolean {
  if (!text.includes('\\u')) return false;
  return (text.match(STRINGS) ?? []).some((string) => /\p{Surrogate}/u.test(JSON.parse(string) as string));
}

function hasForbiddenField(message: Fields): boolean {
  const items = Array.isArray(message['items']) ? message['items'].filter(isObject) : [];
  return [message, ...items].some((fields) => Object.hasOwn(fields, '__proto__'));
}

/** Any number, those of overwritten fields included. */
function hasLargeNumber(text: string): boolean {
  const numbers = text.replace(STRINGS, '""').match(/-?\d[-+.\deE]*/g) ?? [];
  return numbers.some((number) => !(Math.abs(Number(number)) <= Number.MAX_SAFE_INTEGER));
}
