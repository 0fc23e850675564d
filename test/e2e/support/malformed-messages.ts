const VALID = {
  trans_id: 'm',
  store_id: 1,
  date_time: '2011-03-01T10:00:00.000Z',
  change_type_id: 1,
  items: [{ item_id: 10, quantity: -1 }],
};

type Make = (id: string, random: () => number) => string | Buffer;

const json = (id: string, change: object): string => JSON.stringify({ ...VALID, trans_id: id, ...change });
/** Puts text that is no JSON value of JavaScript in the place of the quantity. */
const withQuantity = (id: string, text: string): string => json(id, {}).replace('"quantity":-1', `"quantity":${text}`);

/** One way each of being wrong; none contains a line end, so that each is a line of a file. */
const KINDS: readonly Make[] = [
  () => '',
  () => 'null',
  () => '[]',
  () => '42',
  (id, random) => json(id, {}).slice(0, 1 + Math.floor(random() * (json(id, {}).length - 2))),
  (id, random) => {
    const bytes = Buffer.from(json(id, {}));
    bytes[2 + Math.floor(random() * 8)] = 0xff;
    return bytes;
  },
  (id) => Buffer.concat([Buffer.from('\ufeff'), Buffer.from(json(id, {}))]),
  (id) => json(id, { deep: '@' }).replace('"@"', '['.repeat(40) + ']'.repeat(40)),
  () => '['.repeat(10_000),
  (id) => json(id, {}).replace('{', '{"__proto__":{"store_id":1},'),
  (id) => withQuantity(id, 'NaN'),
  (id) => withQuantity(id, '1e400'),
  (id) => withQuantity(id, '9007199254740993'),
  (id) => withQuantity(id, '2147483648'),
  (id) => withQuantity(id, '1.5'),
  (id) => withQuantity(id, '"-1"'),
  (id) => withQuantity(id, 'null'),
  (id) => json(id, { trans_id: null }),
  (id) => json(id, { trans_id: 12 }),
  (id) => json(id, { trans_id: '' }),
  (id) => json(id, { store_id: '1' }),
  (id) => json(id, { store_id: null }),
  (id) => json(id, { store_id: 1e10 }),
  (id) => json(id, { date_time: '2011-02-30T10:00:00Z' }),
  (id) => json(id, { date_time: 1_299_000_000 }),
  (id) => json(id, { date_time: 'yesterday' }),
  (id) => json(id, { change_type_id: [] }),
  (id) => json(id, { items: [] }),
  (id) => json(id, { items: null }),
  (id) => json(id, { items: {} }),
  (id) => json(id, { items: [null] }),
  (id) => json(id, { items: [[]] }),
  (id) => json(id, { items: [{ quantity: 1 }] }),
  (id) => json(id, { items: [{ item_id: '10', quantity: 1 }] }),
  (id) =>
    json(id, {
      items: [
        { item_id: 10, quantity: 2 ** 31 - 1 },
        { item_id: 10, quantity: 1 },
      ],
    }),
  (id) => json(id, { note: '@' }).replace('@', '\\ud800'),
];

/** Lines of a `*.jsonl` file: the kinds in turn, the first three of them more than 1 MiB long. */
export function malformedMessages(count: number, seed: number): Buffer {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const lines: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const id = `bad-${index}`;
    const message = index < 3 ? json(id, { note: 'x'.repeat(1024 * 1024) }) : KINDS[index % KINDS.length]!(id, random);
    lines.push(Buffer.from(message), NEWLINE);
  }
  return Buffer.concat(lines);
}

const NEWLINE = Buffer.from('\n');
