import type { Sabotage } from '../world/world.ts';

/** A bug that the simulation must catch: some lines of the real sources replaced, or a world that misbehaves. */
export type PlantedBug = {
  readonly name: string;
  /** One a file; each text to be replaced must occur there exactly once. */
  readonly edits?: readonly Edit[];
  readonly sabotage?: Sabotage;
  /** It takes at most so many seeds to catch it, if not 2000. */
  readonly within?: number;
};

type Edit = { readonly file: string; readonly replace: readonly (readonly [right: string, wrong: string])[] };

const JUDGE = 'libs/inventory/src/duplicates/change-judge.ts';
const STOCK = 'libs/inventory/src/stock/partition-stock.ts';
const GOLD = 'services/gold-aggregator/src/stage.ts';
const WORKER = 'libs/runtime/src/worker/worker.ts';

const edit = (name: string, file: string, ...replace: Edit['replace']): PlantedBug => ({
  name,
  edits: [{ file, replace }],
});

/** Those that every design of this kind is prone to. */
const COMMON_BUGS: readonly PlantedBug[] = [
  edit('no deduplication', JUDGE, ['if (value === ACCEPTED)', 'if (true)']),
  edit('changes at the time of the count are left out', STOCK, [
    'row.dateTime < this.keys.countTime[key]!',
    'row.dateTime <= this.keys.countTime[key]!',
  ]),
  edit('only changed values are written', GOLD, [
    'if (value === undefined) continue;',
    `const known = (stock.known ??= new Map());
     const text = JSON.stringify(value);
     if (value === undefined || known.get(key) === text) continue;
     known.set(key, text);`,
  ]),
  edit('commit before write', WORKER, [
    'const insertSeconds = await this.#write(output);',
    `await this.#consumer.commit(batches.filter((batch) => this.#owns(batch)).map(positionAfter));
     const insertSeconds = await this.#write(output);`,
  ]),
  edit('the version counts batches', GOLD, [
    'versionOf(era, stock.keys.touchedBlock[key]!)',
    'versionOf(era, (stock.turns = (stock.turns ?? 0) + 1))',
  ]),
  edit('pick-ups booked online count', 'libs/inventory/src/contracts/reference.ts', [
    'return this.pickUpTypes.has(changeTypeId) && this.onlineStores.has(storeId);',
    'return false;',
  ]),
  edit('the last count to arrive is the latest', STOCK, [
    'this.#cold.has(key) || !this.#isLater(row, key)',
    'this.#cold.has(key)',
  ]),
  edit('records are identified by their offset alone', 'libs/inventory/src/pipeline/datasets.ts', [
    "key: ['topic', 'partition', 'offset']",
    "key: ['topic', 'offset']",
  ]),
  { name: 'values are written inside a block', sabotage: 'blocks are cut' },
  edit('conflicting copies get through', JUDGE, ['? DUPLICATE : CONFLICT', '? DUPLICATE : ACCEPTED']),
  edit("a line's own row is taken for a duplicate", JUDGE, [
    'isSamePosition(first, candidate)) {\n        sorting.fate[line] = ACCEPTED;',
    'isSamePosition(first, candidate)) {\n        sorting.fate[line] = DUPLICATE;',
  ]),
];

/** Those that only this design can have. */
const OWN_BUGS: readonly PlantedBug[] = [
  edit(
    'the border is asked before the sums',
    GOLD,
    ['    const lastOffsets = await this.#history.lastOffsets();\n', ''],
    [
      '    for await (const { partition, key } of this.#history.keys',
      '    const lastOffsets = await this.#history.lastOffsets();\n    for await (const { partition, key } of this.#history.keys',
    ],
  ),
  edit('forgotten offsets are ignored', STOCK, [
    'row.sourceOffset <= (this.#forgottenOffsets[row.sourcePartition] ?? -1)',
    'false',
  ]),
  edit('a count that reaches back to forgotten changes is not looked up', STOCK, [
    'row.dateTime > this.keys.droppedMaxDateTime[key]!',
    'true',
  ]),
  edit('what is not in the hot window is new', JUDGE, [
    'fate[line] = isKnown ?',
    'fate[line] = isKnown && this.#window.find(high[line]!, low[line]!) >= 0 ?',
  ]),
  edit('the filter is not rebuilt', JUDGE, ['    this.#filter.testAndAdd(identityHigh, identityLow);\n', '']),
  edit('borders do not tell source partitions apart', STOCK, [
    'this.#forgottenOffsets[row.sourcePartition] ?? -1',
    'this.#forgottenOffsets[0] ?? -1',
  ]),
  {
    // Only a worker that starts between the two is led astray, and only if it never sees the block.
    ...edit('publish before write', WORKER, [
      'await Promise.all(output.tables',
      'if (output.publish.length > 0) await log.produce(output.publish);\n    await Promise.all(output.tables',
    ]),
    within: 10_000,
  },
  edit('counts at one time: the first wins', STOCK, [
    'row.sourceOffset > keys.countOffset[key]!',
    'row.sourceOffset < keys.countOffset[key]!',
  ]),
  edit('a removed slot leaves a gap', 'libs/inventory/src/hashing/hash-slots.ts', [
    'if (((slot - home) & mask) < ((slot - gap) & mask)) continue;',
    'continue;',
  ]),
  { name: 'the position is read after the state is rebuilt', sabotage: 'positions are read late', within: 5000 },
  { name: 'the log commits what it delivers', sabotage: 'commits run ahead' },
];

export const PLANTED_BUGS: readonly PlantedBug[] = [...COMMON_BUGS, ...OWN_BUGS];
