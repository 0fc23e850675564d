import { literal } from './sql.ts';

/**
 * RFC 8259 by regular expressions, beside ClickHouse's JSON functions (simdjson). simdjson is asked first; what it takes is
 * JSON but for a byte order mark, which it skips. What it refuses is either no JSON or holds a number beyond 64 bits or
 * beyond a double, and the contract tells those two apart, so the refused texts go through a grammar of our own.
 */

/** A string without a lone surrogate: of the `\u` escapes only those below or above the surrogates, or a whole pair. */
const SCALAR = String.raw`u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})`;
const PAIR = String.raw`u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`;
const STRING = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|${SCALAR}|${PAIR}))*"`;
const NUMBER = String.raw`-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?`;

/** Whatever stands between quotes, sound or not; the last string of a text may lack its end. */
const QUOTED = String.raw`"(?:[^"\\]|\\[\s\S])*"?`;

/** Innermost object or array, once every string is an `S` and every other scalar a `V`. */
const INNERMOST = String.raw`\{(?:S:[SV](?:,S:[SV])*)?\}|\[(?:[SV](?:,[SV])*)?\]`;

/** Start of a number that could be large: 16 digits before the point, or an exponent. Cheap, and right to suspect too much. */
const LARGE = String.raw`[:,\[ \t\r\n]-?[0-9]+(?:[0-9]{15}|(?:\.[0-9]+)?[eE])`;

export const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 32;
const MAX_MAGNITUDE = 9_007_199_254_740_991;

function replaceAll(text: string, regex: string, by: string): string {
  return `replaceRegexpAll(${text}, ${literal(regex)}, ${literal(by)})`;
}

const unquoted = (text: string): string => replaceAll(text, QUOTED, '');

/**
 * The text where the condition holds, nothing elsewhere. The dear functions run on such texts: on an empty one they cost next
 * to nothing. ClickHouse's own short circuit would compute what two branches share in each of them.
 */
const where = (condition: string, text: string): string => `if(${condition}, ${text}, '')`;

/** More than 32 levels. Texts with fewer openings are not counted. */
export function nestedTooDeep(text: string): string {
  const suspect = where(`countSubstrings(${text}, '{') + countSubstrings(${text}, '[') > ${MAX_DEPTH}`, text);
  const brackets = replaceAll(unquoted(suspect), String.raw`[^\[\]{}]+`, '');
  const steps = `arrayMap(bracket -> if(bracket IN ('{', '['), 1, -1), splitByString('', ${brackets}))`;
  return `(arrayMax(arrayCumSum(${steps})) > ${MAX_DEPTH})`;
}

/** simdjson reads the text, and RFC 8259 would too. */
export function isReadable(text: string): string {
  return `(isValidJSON(${text}) AND NOT startsWith(${text}, unhex('EFBBBF')))`;
}

/**
 * The grammar, for texts of at most 32 levels: scalars become letters, then the innermost brackets become a value, 32 times.
 * A text is JSON when one letter is left. The letters S and V are free, since outside strings JSON has neither.
 */
export function isGrammatical(text: string): string {
  const strings = replaceAll(text, STRING, 'S');
  const scalars = replaceAll(replaceAll(strings, 'true|false|null', 'V'), NUMBER, 'V');
  const letters = replaceAll(scalars, String.raw`[ \t\r\n]+`, '');
  const reduced = `arrayFold((reduced, level) -> ${replaceAll('reduced', INNERMOST, 'V')},
        if(empty(${text}), [], range(${MAX_DEPTH})), ${letters})`;
  return `(NOT match(${replaceAll(text, STRING, '')}, '["SV]') AND ${reduced} IN ('S', 'V'))`;
}

/** The same JSON with every number 0: its field names can be read although its numbers cannot. */
export function withoutNumbers(text: string): string {
  // RE2 cannot look around. Strings and numbers get a byte 1 behind them, which JSON cannot hold; strings lose theirs again.
  const tokens = literal(String.raw`(${QUOTED})|-?[0-9][-+.0-9eE]*`);
  const marked = String.raw`replaceRegexpAll(${text}, ${tokens}, '\\1\x01')`;
  return String.raw`replaceAll(replaceAll(${marked}, '"\x01', '"'), '\x01', '0')`;
}

/** A number that is no finite double, or beyond 2^53 - 1 as a double, anywhere outside strings. */
export function hasLargeNumber(text: string): string {
  const suspect = where(`match(${text}, ${literal(LARGE)})`, text);
  const numbers = `extractAll(${unquoted(suspect)}, ${literal('-?[0-9][-+.0-9eE]*')})`;
  return `arrayExists(number -> NOT ifNull(abs(toFloat64OrNull(number)) <= ${MAX_MAGNITUDE}, false), ${numbers})`;
}
