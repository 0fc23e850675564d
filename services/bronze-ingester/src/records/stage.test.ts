import {
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_SNAPSHOT_TOPIC,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
} from '@tillstream/inventory';
import { encodeHeaders, RecordBatchBuilder, type RecordBatch } from '@tillstream/log';
import { decodeRows } from '@tillstream/store';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BronzeStage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

type Raw = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
};

function batchOf(topic: string, records: readonly Raw[], { partition = 0, offset = 0 } = {}): RecordBatch {
  const builder = new RecordBatchBuilder(topic, partition);
  records.forEach(({ key, value, headers }, index) => {
    const encoded = headers === undefined ? {} : { headers: encodeHeaders(headers) };
    builder.append({ key, value, timestamp: 1000 + index, ...encoded });
  });
  const offsets = Float64Array.from(records, (_, index) => offset + index * 2);
  return { ...builder.build(), offsets, nextOffset: offset + records.length * 2 };
}

const CHANGES = INVENTORY_CHANGE_TOPIC.name;

describe('bronze', () => {
  test('keeps a record as it came: place, time, key, value, headers', async () => {
    const output = await new BronzeStage().process([
      batchOf(
        CHANGES,
        [{ key: Buffer.from('k'), value: Buffer.from('{"a":1}'), headers: { trace: 'x', 'replay-of': 'a/1@2' } }],
        { partition: 23, offset: 2 ** 40 },
      ),
    ]);
    expect(output.tables).toHaveLength(1);
    expect(decodeRows(RAW_INVENTORY_CHANGE.columns, output.tables[0]!.bytes)).toEqual([
      {
        topic: CHANGES,
        partition: 23,
        offset: 2 ** 40,
        timestamp: 1000,
        key: 'k',
        value: '{"a":1}',
        headers: { trace: 'x', 'replay-of': 'a/1@2' },
      },
    ]);
    expect(output.publish).toEqual([]);
  });

  test('keeps what is no JSON, a tombstone and a record without a key', async () => {
    const bytes = Buffer.from([0xff, 0, 0x80]);
    const output = await new BronzeStage().process([
      batchOf(CHANGES, [
        { key: null, value: bytes },
        { key: bytes, value: null },
        { key: Buffer.alloc(0), value: Buffer.alloc(0) },
      ]),
    ]);
    const block = output.tables[0]!.bytes;
    expect(output.tables[0]!.rows).toBe(3);
    expect(decodeRows(RAW_INVENTORY_CHANGE.columns, block).map(({ key, value }) => [key, value])).toEqual([
      ['', bytes.toString()],
      [bytes.toString(), ''],
      ['', ''],
    ]);
    expect(block.includes(Buffer.concat([Buffer.from([3]), bytes]))).toBe(true);
  });

  test('sorts records by topic into their tables, and counts them', async () => {
    const record = { key: null, value: Buffer.from('x') };
    const output = await new BronzeStage().process([
      batchOf(INVENTORY_SNAPSHOT_TOPIC.name, [record]),
      batchOf(CHANGES, [record, record]),
      batchOf(CHANGES, [record], { partition: 1 }),
    ]);
    expect(output.tables.map(({ table, rows }) => [table, rows])).toEqual([
      [RAW_INVENTORY_CHANGE, 3],
      [RAW_INVENTORY_SNAPSHOT, 1],
    ]);
    expect(output.counts).toEqual([
      { name: 'records_read', dataset: INVENTORY_SNAPSHOT_TOPIC.name, value: 1 },
      { name: 'records_read', dataset: CHANGES, value: 2 },
      { name: 'records_read', dataset: CHANGES, value: 1 },
      { name: 'rows_written', dataset: 'raw_inventory_change', value: 3 },
      { name: 'rows_written', dataset: 'raw_inventory_snapshot', value: 1 },
    ]);
  });

  test('writes nothing of the turn before', async () => {
    const stage = new BronzeStage();
    await stage.process([batchOf(CHANGES, [{ key: null, value: Buffer.from('x') }])]);
    const output = await stage.process([
      batchOf(INVENTORY_SNAPSHOT_TOPIC.name, [{ key: null, value: Buffer.from('y') }]),
    ]);
    expect(output.tables.map(({ table, rows }) => [table.name, rows])).toEqual([['raw_inventory_snapshot', 1]]);
  });

  test('loses no byte, whatever the records are', async () => {
    const bytes = fc.option(
      fc.uint8Array({ maxLength: 200, size: 'max' }).map((all) => Buffer.from(all)),
      { nil: null },
    );
    const headers = fc.option(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { noNullPrototype: true }), {
      nil: undefined,
    });
    const record = fc
      .record({ key: bytes, value: bytes, headers })
      .map(({ headers: some, ...rest }) => (some === undefined ? rest : { ...rest, headers: some }));
    const stage = new BronzeStage();
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20, size: 'max' }), async (records) => {
        const { tables } = await stage.process([batchOf(CHANGES, records, { offset: 7 })]);
        const columns = RAW_INVENTORY_CHANGE.columns.map((column) => ({ name: column.name, type: column.type }));
        const rows = decodeRows(columns, tables[0]!.bytes);
        expect(rows.map(({ offset, headers: some }) => [offset, some])).toEqual(
          records.map((one, index) => [7 + index * 2, 'headers' in one ? one.headers : {}]),
        );
        expect(rows.map(({ value }) => value)).toEqual(
          records.map(({ value }) => (value ?? Buffer.alloc(0)).toString()),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
