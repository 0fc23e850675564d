import * as odd from './odd-values.ts';

const MAX_BYTES = 1_048_576;

/** Sound as a transaction and as a count, with one thing changed. */
const message = (fields: Readonly<Record<string, string>>): string => {
  const all = {
    trans_id: '"t"',
    store_id: '1',
    date_time: '"2011-03-01 10:00:00"',
    change_type_id: '1',
    employee_id: '7',
    items: '[{"item_id":10,"quantity":-1}]',
    ...fields,
  };
  return `{${Object.entries(all)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
};

const ofLength = (bytes: number): string =>
  message({ note: `"${'x'.repeat(bytes - message({ note: '""' }).length)}"` });

const entries = (...texts: readonly string[]): string => message({ items: `[${texts.join(',')}]` });
const entry = (item: string, quantity: string): string => `{"item_id":${item},"quantity":${quantity}}`;

const everyText = [odd.NUMBERS, odd.NOT_NUMBERS, odd.STRINGS, odd.NOT_STRINGS, odd.OTHERS, odd.NOT_OTHERS].flat();

const SIZES = [
  '',
  ofLength(MAX_BYTES),
  ofLength(MAX_BYTES + 1),
  ...['x', ' ', '[', '"', '\\', '1'].map((character) => character.repeat(MAX_BYTES)),
  '{"a":'.repeat(200_000),
  message({ items: `[${Array.from({ length: 20_000 }, (_, index) => entry(`${index % 7}`, `${index}`)).join(',')}]` }),
  message({ note: `[${'1,'.repeat(400_000)}1]` }),
  message({ trans_id: `"${'\\u00e9'.repeat(2048)}"` }),
  message({ trans_id: `"${'\\u00e9'.repeat(2049)}"` }),
];

const brackets = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** The object itself is a level. */
const DEPTHS = [
  message({ note: brackets(31) }),
  message({ note: brackets(32) }),
  message({ note: `"${brackets(40)}"` }),
  message({ note: `"\\"${brackets(40)}"` }),
  message({ note: `["\\\\",${brackets(30)}]` }),
  brackets(32),
  brackets(33),
  '['.repeat(32),
  '['.repeat(33),
  `{"a":${'{"a":'.repeat(31)}1${'}'.repeat(32)}`,
  // No JSON, but the depth comes first.
  `${']'.repeat(9)}${brackets(33)}`,
  `"${brackets(33)}`,
  `"\\"${brackets(33)}`,
  `"\\\\"${brackets(33)}`,
  `\u0000${brackets(33)}`,
  `x"${brackets(33)}"${brackets(32)}`,
];

const BYTES = [
  [0xff],
  [0xc3],
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xef, 0xbf, 0xbe],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xc2, 0x80],
  [0x00],
  [0x7f],
].flatMap((bytes) => {
  const [before, after] = message({ note: '"@"' }).split('@');
  return [
    Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)]),
    Buffer.concat([Buffer.from(bytes), Buffer.from(message({}))]),
    Buffer.concat([Buffer.from(message({})), Buffer.from(bytes)]),
  ];
});

const FOLDS = [
  entries(entry('10', '-1'), entry('10', '-2'), entry('11', '5')),
  entries(entry('10', '1'), entry('10', '-1')),
  entries(entry('10', '2147483647'), entry('10', '1'), entry('11', '5')),
  entries(entry('10', '2147483647'), entry('10', '1'), entry('10', '-1')),
  entries(entry('10', '-2147483648'), entry('10.0', '-1'), '{}', entry('1e1', 'null')),
  entries(entry('10', '2147483648'), entry('10', '5'), '7'),
];

const FIELDS = [
  'trans_id',
  'store_id',
  'date_time',
  'change_type_id',
  'employee_id',
  'items',
  'note',
  '__proto__',
  'constructor',
];

/** For every rule the messages on both sides of its border; each is to be read as a transaction and as a count. */
export const EDGE_MESSAGES: readonly (string | Buffer)[] = [
  ...SIZES,
  ...DEPTHS,
  ...BYTES,
  ...FOLDS,
  ...everyText,
  ...FIELDS.flatMap((field) => everyText.map((text) => message({ [field]: text }))),
  ...everyText.flatMap((text) => [
    entries(text),
    entries(entry(text, '1')),
    entries(entry('10', text)),
    entries(entry('10', '1'), text),
  ]),
  ...[...odd.DATE_TIMES, ...odd.NOT_DATE_TIMES].map((text) => message({ date_time: `"${text}"` })),
  // Fields that occur twice, and names with escapes.
  ...everyText.flatMap((text) => [
    message({}).replace('{', `{"store_id":${text},`),
    message({}).replace('{', `{"items":[${text}],`),
    message({}).replace('{', `{"\\u0073tore_id":${text},`),
    message({}).replace(/\}$/, `,"store_id":${text}}`),
    message({}).replace(/\}$/, `,"trans\\u005fid":${text}}`),
    entries(`{"quantity":${text},"item_id":10,"quantity":3}`),
  ]),
  ...['{"__proto__":1}', '{"a":{"__proto__":1}}', '[{"__proto__":1}]'].flatMap((text) => [
    entries(text),
    message({ items: text }),
    message({ note: text }),
  ]),
  entries('{"item_id":10,"quantity":1,"\\u005f_proto__":1e400}'),
  message({}).replace('{', '{"items":[{"__proto__":1}],'),
];
