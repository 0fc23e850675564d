import { describe, expect, test } from 'vitest';
import { SILVER_BLOCK_COLUMNS, SILVER_BLOCK_ROW_BYTES } from '../blocks/silver-block.ts';
import { DATASETS } from './datasets.ts';
import { TOPICS } from './topics.ts';

const TABLES = DATASETS.filter((dataset) => dataset.kind === 'table');
const BYTES: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  Int16: 2,
  Int32: 4,
  "DateTime64(3, 'UTC')": 8,
};

describe('the declaration', () => {
  test('names every dataset and topic once', () => {
    const names = [...DATASETS, ...TOPICS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(TABLES.map((table) => [table.name, table] as const))(
    '%s has columns for all that its storage names',
    (_, table) => {
      const columns = table.columns.map(({ name }) => name);
      const { key, version, generation } = table.storage;
      expect(new Set(columns).size).toBe(columns.length);
      expect([...key, version, generation].filter((name) => name !== undefined && !columns.includes(name))).toEqual([]);
      expect(table.columns.filter(({ comment }) => comment === '')).toEqual([]);
    },
  );

  test('computes every dataset and topic from something that exists', () => {
    const sources = new Set([...DATASETS, ...TOPICS].map(({ name }) => name));
    const isFile = (input: string): boolean => input.endsWith('.txt') || input === 'count files';
    const unknown = [...DATASETS, ...TOPICS].flatMap(({ inputs }) =>
      inputs.filter((one) => !sources.has(one) && !isFile(one)),
    );
    expect(unknown).toEqual([]);
  });

  test('gives a silver block the width of its columns', () => {
    const width = SILVER_BLOCK_COLUMNS.reduce((sum, { type }) => sum + BYTES[type]!, 0);
    expect(width).toBe(SILVER_BLOCK_ROW_BYTES);
  });
});
