import { describe, expect, test, vi } from 'vitest';
import { changeText, countText, nested } from './testing/messages.ts';
import { judgeChange, judgeCount } from './testing/parse.ts';

vi.setConfig({ testTimeout: 60_000 });

const MIB = 1024 * 1024;

function invalidUtf8(text: string, ...bytes: number[]): Buffer {
  return Buffer.concat([Buffer.from(text.slice(0, 14)), Buffer.from(bytes), Buffer.from(text.slice(14))]);
}

/** The same text with an unknown field that makes it `bytes` long. */
function padded(text: string, bytes: number): string {
  const rest = `${text.slice(0, -1)},"x":""}`;
  return rest.replace('"x":""', `"x":"${'a'.repeat(bytes - rest.length)}"`);
}

const KINDS = [
  ['transaction', changeText, judgeChange],
  ['count', countText, judgeCount],
] as const;

describe.each(KINDS)('text of a %s', (_, textOf, judge) => {
  const valid = textOf();
  const rulesOf = (value: Buffer | string | null): readonly string[] => judge(value).rules;
  const withUnknown = (value: string): string => textOf({ unknown: value });

  const BROKEN: readonly (readonly [string, Buffer | string | null, string])[] = [
    ['a tombstone', null, 'empty_message'],
    ['no bytes', '', 'empty_message'],
    ['a byte more than 1 MiB', padded(valid, MIB + 1), 'message_too_large'],
    ['1 MiB and more of nonsense', Buffer.alloc(MIB + 1, 0xff), 'message_too_large'],
    ['a stray continuation byte', invalidUtf8(valid, 0x80), 'invalid_utf8'],
    ['a cut sequence', Buffer.concat([Buffer.from(valid), Buffer.from([0xe2, 0x82])]), 'invalid_utf8'],
    ['an overlong slash', invalidUtf8(valid, 0xc0, 0xaf), 'invalid_utf8'],
    ['a surrogate as bytes', invalidUtf8(valid, 0xed, 0xa0, 0x80), 'invalid_utf8'],
    ['UTF-16', Buffer.from(valid, 'utf16le').fill(0xff, 0, 2), 'invalid_utf8'],
    ['33 levels', withUnknown(nested(32)), 'nested_too_deep'],
    ['33 levels of objects', withUnknown('{"a":'.repeat(32) + '1' + '}'.repeat(32)), 'nested_too_deep'],
    ['10,000 levels', withUnknown(nested(10_000)), 'nested_too_deep'],
    ['10,000 levels that never end', '['.repeat(10_000), 'nested_too_deep'],
    ['500,000 levels that never end', '{"a":'.repeat(200_000), 'nested_too_deep'],
    ['an array of 33 levels', nested(33), 'nested_too_deep'],
    [
      '33 levels in the first of two fields of one name',
      `{"store_id":${nested(32)},${valid.slice(1)}`,
      'nested_too_deep',
    ],
    ['a byte order mark', `\ufeff${valid}`, 'invalid_json'],
    ['a cut text', valid.slice(0, -1), 'invalid_json'],
    ['two values', `${valid}${valid}`, 'invalid_json'],
    ['a trailing comma', `${valid.slice(0, -1)},}`, 'invalid_json'],
    ['a comment', `${valid}//`, 'invalid_json'],
    ['spaces alone', '   ', 'invalid_json'],
    ['a no-break space around the value', `\u00a0${valid}`, 'invalid_json'],
    ['NaN', withUnknown('NaN'), 'invalid_json'],
    ['Infinity', withUnknown('-Infinity'), 'invalid_json'],
    ['a leading zero', withUnknown('01'), 'invalid_json'],
    ['a leading plus', withUnknown('+1'), 'invalid_json'],
    ['a number that ends in a point', withUnknown('1.'), 'invalid_json'],
    ['single quotes', valid.replaceAll('"', "'"), 'invalid_json'],
    ['a raw control character in a string', withUnknown('"\t"'), 'invalid_json'],
    ['an escape that does not exist', withUnknown(String.raw`"\x41"`), 'invalid_json'],
    ['32 levels that never end', '['.repeat(32), 'invalid_json'],
    ['a lone high surrogate', withUnknown(String.raw`"\ud800"`), 'invalid_json'],
    ['a lone low surrogate', withUnknown(String.raw`"\uDFFF"`), 'invalid_json'],
    ['a high surrogate before another escape', withUnknown(String.raw`"\ud83d\n"`), 'invalid_json'],
    ['two high surrogates', withUnknown(String.raw`"\ud83d\ud83d\ude00"`), 'invalid_json'],
    ['a pair in the wrong order', withUnknown(String.raw`"\ude00\ud83d"`), 'invalid_json'],
    ['a lone surrogate in a known field', textOf({ date_time: String.raw`"\udc00"` }), 'invalid_json'],
    ['a lone surrogate in the name of a field', `{"\\ud800":1,${valid.slice(1)}`, 'invalid_json'],
    ['a lone surrogate deep down', withUnknown(String.raw`[{"a":["\ud800"]}]`), 'invalid_json'],
    ['a lone surrogate in an array', String.raw`["\ud800"]`, 'invalid_json'],
    ['a lone surrogate, first of two of one name', `{"store_id":"\\ud800",${valid.slice(1)}`, 'invalid_json'],
    ['null', 'null', 'not_an_object'],
    ['a number', '7', 'not_an_object'],
    ['a number that no double holds', '1e400', 'not_an_object'],
    ['a string', '"{}"', 'not_an_object'],
    ['an array', `[${valid}]`, 'not_an_object'],
    ['an array with a large number', '[9007199254740992]', 'not_an_object'],
    ['32 levels of arrays', nested(32), 'not_an_object'],
    ['__proto__ in the record', `{"__proto__":{"store_id":19},${valid.slice(1)}`, 'forbidden_field'],
    ['__proto__ in escapes', `{"\\u005f_proto__":1,${valid.slice(1)}`, 'forbidden_field'],
    [
      '__proto__ in an item',
      textOf({ items: '[{"item_id":1,"quantity":1},{"item_id":2,"quantity":1,"__proto__":null}]' }),
      'forbidden_field',
    ],
    ['__proto__ beside a broken field', `{"__proto__":1,${textOf({ store_id: '"x"' }).slice(1)}`, 'forbidden_field'],
    ['__proto__ in an item that is broken', textOf({ items: '[{"__proto__":1}]' }), 'forbidden_field'],
    ['1e400', withUnknown('1e400'), 'number_out_of_range'],
    ['-1e400', withUnknown('-1E+400'), 'number_out_of_range'],
    ['2^53', withUnknown('9007199254740992'), 'number_out_of_range'],
    ['-2^53', withUnknown('-9007199254740992'), 'number_out_of_range'],
    ['an integer of 400 digits', withUnknown('1'.repeat(400)), 'number_out_of_range'],
    ['a large number deep down', withUnknown('{"a":[[1e16]]}'), 'number_out_of_range'],
    ['a large fraction', withUnknown('9007199254740992.5'), 'number_out_of_range'],
    ['a large number for a field of another type', textOf({ date_time: '1e99' }), 'number_out_of_range'],
    ['a large store', textOf({ store_id: '1e16' }), 'number_out_of_range'],
    ['a large item', textOf({ items: '[{"item_id":1e16,"quantity":1}]' }), 'number_out_of_range'],
    ['a large quantity', textOf({ items: '[{"item_id":1,"quantity":-1e300}]' }), 'number_out_of_range'],
    ['a large number in what is no item', textOf({ items: '[1e16]' }), 'number_out_of_range'],
    ['a large number, first of two of one name', `{"store_id":1e400,${valid.slice(1)}`, 'number_out_of_range'],
    [
      'a large number, first of two of one name in an item',
      textOf({ items: '[{"item_id":1,"quantity":1e16,"quantity":1}]' }),
      'number_out_of_range',
    ],
    [
      'a large number, first of two, with as many colons as a plain record has',
      `{"store_id":1e16,${textOf({ date_time: String.raw`"2011-03-01T06\u003a15:00"` }).slice(1)}`,
      'number_out_of_range',
    ],
  ];

  const SOUND: readonly (readonly [string, string])[] = [
    ['1 MiB', padded(valid, MIB)],
    ['32 levels', withUnknown(nested(31))],
    ['brackets in strings', withUnknown(`"${'[{'.repeat(100)}\\"${'['.repeat(100)}"`)],
    ['white space all over', ` ${JSON.stringify(JSON.parse(valid), null, '\t').replaceAll('\n', '\r\n')}\n`],
    ['the replacement character', withUnknown('"\ufffd"')],
    ['a surrogate pair in escapes', withUnknown(String.raw`"\ud83d\ude00"`)],
    ['a surrogate pair after an escaped backslash', withUnknown(String.raw`"\\\ud83d\ude00\\"`)],
    ['what looks like an escape behind a backslash', withUnknown(String.raw`"\\ud800"`)],
    ['an emoji', withUnknown('"😀"')],
    ['a NUL in escapes', withUnknown(String.raw`"\u0000"`)],
    ['2^53 - 1', withUnknown('9007199254740991')],
    ['-(2^53 - 1)', withUnknown('-9007199254740991')],
    ['a number that a double rounds to 2^53 - 1', withUnknown('9007199254740991.4')],
    ['a number too small for a double', withUnknown('1e-400')],
    ['large numbers in strings', withUnknown('"1e400 \\" 99999999999999999999"')],
    ['true, false and null', withUnknown('[true,false,null]')],
    ['__proto__ in another object', withUnknown('{"__proto__":1}')],
    ['__proto__ as a text', withUnknown('"__proto__"')],
    ['constructor and prototype', textOf({ constructor: '1', prototype: '{}', toString: '2' })],
    ['a field twice', `{"store_id":"x",${valid.slice(1)}`],
    ['items twice', `{"items":7,${valid.slice(1)}`],
  ];

  test.each(BROKEN.map(([name, value, rule]) => [name, rule, value] as const))('%s breaks %s', (_name, rule, value) => {
    expect(judge(value)).toEqual({ rows: [], rules: [rule], brokenEntries: [] });
  });

  test.each(SOUND)('%s is fine', (_name, text) => {
    const { rows, rules } = judge(text);
    expect(rules).toEqual([]);
    expect(rows).toHaveLength(1);
  });

  test('of group 1 only the first broken rule is named, in the order of the contract', () => {
    const [large, deep, surrogate, forbidden] = ['"a":1e400', `"b":${nested(32)}`, '"c":"\\ud800"', '"__proto__":1'];
    const record = (...fields: string[]): string => `{${fields.join(',')}}`;
    expect(rulesOf(record(large))).toEqual(['number_out_of_range']);
    expect(rulesOf(record(large, forbidden))).toEqual(['forbidden_field']);
    expect(rulesOf(`[${record(large, forbidden)}]`)).toEqual(['not_an_object']);
    expect(rulesOf(`[${record(large, forbidden, surrogate)}]`)).toEqual(['invalid_json']);
    expect(rulesOf(record(large, forbidden, surrogate))).toEqual(['invalid_json']);
    expect(rulesOf(record(large, forbidden, surrogate, deep))).toEqual(['nested_too_deep']);
    expect(rulesOf(`${record(large, forbidden, surrogate, deep)}}`)).toEqual(['nested_too_deep']);
    expect(rulesOf(Buffer.concat([Buffer.from(record(deep)), Buffer.from([0xff])]))).toEqual(['invalid_utf8']);
  });

  test('a record of 1 MiB in one string of escapes is read', () => {
    const escapes = String.raw`\ud83d\ude00\n`.repeat(70_000);
    expect(rulesOf(withUnknown(`"${escapes}"`))).toEqual([]);
    expect(rulesOf(withUnknown(`"${escapes}\\ud83d"`))).toEqual(['invalid_json']);
  });
});
