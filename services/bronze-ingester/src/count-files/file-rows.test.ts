import { LOADED_FILE, PIPELINE_EVENT, QUARANTINE } from '@tillstream/inventory';
import { decodeRows, type TableBlock } from '@tillstream/store';
import { describe, expect, test } from 'vitest';
import { bookBlocks, quarantineBlock, type LoadedFile } from './file-rows.ts';

const NOW = 1_300_000_000_000;
const FILE: LoadedFile = { path: 'a/b.csv', hash: 'f00', version: 1, rowsLoaded: 5, broken: [] };

const rowsOf = (block: TableBlock) => decodeRows(block.table.columns, Buffer.from(block.bytes));

describe('rows of a loaded file', () => {
  test('set its broken rows aside with path, line, rules and bytes', () => {
    const broken = [
      { line: 3, text: 'x,\xff', rules: ['invalid_item_id', 'invalid_quantity'] as const },
      { line: 9, text: '', rules: ['malformed_row'] as const },
    ];
    const [block, ...rest] = quarantineBlock([FILE, { ...FILE, broken }], NOW);
    expect([block!.table, block!.rows, rest]).toEqual([QUARANTINE, 2, []]);
    const shared = {
      source_topic: '',
      source_partition: 0,
      source_offset: 0,
      source_path: 'a/b.csv',
      lines: [],
      key: '',
    };
    const times = { record_timestamp: NOW, quarantined_at: NOW, replayed_at: null, revision: 0 };
    expect(rowsOf(block!)).toEqual([
      { ...shared, ...times, source_row: 3, rules: ['invalid_item_id', 'invalid_quantity'], value: 'x,\ufffd' },
      { ...shared, ...times, source_row: 9, rules: ['malformed_row'], value: '' },
    ]);
    expect(Buffer.from(block!.bytes).includes(Buffer.from([3, 0x78, 0x2c, 0xff]))).toBe(true);
  });

  test('set nothing aside when nothing is broken', () => {
    expect(quarantineBlock([FILE], NOW)).toEqual([]);
  });

  test('book it, and tell when a path comes with other content', () => {
    const broken = [{ line: 3, text: '', rules: ['malformed_row'] as const }];
    const [book, events, ...rest] = bookBlocks([FILE, { ...FILE, version: 2, broken, rowsLoaded: 7 }], NOW);
    expect([book!.table, events!.table, rest]).toEqual([LOADED_FILE, PIPELINE_EVENT, []]);
    const shared = { path: 'a/b.csv', content_hash: 'f00', loaded_at: NOW };
    expect(rowsOf(book!)).toEqual([
      { ...shared, version: 1, rows_loaded: 5, rows_quarantined: 0 },
      { ...shared, version: 2, rows_loaded: 7, rows_quarantined: 1 },
    ]);
    expect(rowsOf(events!)).toMatchObject([
      {
        event_type: 'file_changed',
        level: 'WARN',
        dataset: 'loaded_file',
        message: 'a/b.csv came with new content: loaded as version 2',
      },
    ]);
    expect(bookBlocks([FILE], NOW)).toHaveLength(1);
  });
});
