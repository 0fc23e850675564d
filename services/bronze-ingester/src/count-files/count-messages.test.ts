import { CountEntries, parseCount, Rejections, type SheetRow } from '@tillstream/inventory';
import { partitionOf, type OutgoingBatch } from '@tillstream/log';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { countMessages, fileMark, type SentUpTo, type SheetFile } from './count-messages.ts';

vi.setConfig({ testTimeout: 60_000 });

const NOW = Date.UTC(2011, 2, 2);
const NOTHING_SENT: SentUpTo = () => 0;
const PARTITIONS = 4;

const row = (line: number, itemId: number, more: Partial<SheetRow> = {}): SheetRow => ({
  line,
  itemId,
  employeeId: 7,
  storeId: 19,
  dateTime: Date.UTC(2011, 2, 1),
  quantity: line * 10,
  ...more,
});

const fileOf = (rows: readonly SheetRow[], name = 'a'): SheetFile => ({
  path: `${name}.csv`,
  hash: name.repeat(64).slice(0, 64),
  rows,
});

/** Messages in the order of their partitions. */
function messagesOf(batches: readonly OutgoingBatch[]) {
  return batches.flatMap(({ partition, count, bytes, keyStart, keyEnd, valueStart, valueEnd }) =>
    Array.from({ length: count }, (_, index) => ({
      partition,
      key: bytes.toString('utf8', keyStart[index], keyEnd[index]),
      text: bytes.toString('utf8', valueStart[index], valueEnd[index]),
      value: JSON.parse(bytes.toString('utf8', valueStart[index], valueEnd[index])) as {
        readonly store_id: number;
        readonly employee_id: number | null;
        readonly items: readonly { readonly item_id: number; readonly quantity: number }[];
        readonly source: { readonly path: string; readonly etag: string; readonly row: number };
      },
    })),
  );
}

const send = (rows: readonly SheetRow[], sentUpTo = NOTHING_SENT) =>
  messagesOf(countMessages([fileOf(rows)], PARTITIONS, NOW, sentUpTo));

describe('messages of a count file', () => {
  test('are as the contract has them, on the partition of their store', () => {
    const [message, ...rest] = send([row(2, 5), row(3, 6)]);
    expect(rest).toEqual([]);
    expect(message!.text).toBe(
      '{"store_id":19,"date_time":"2011-03-01T00:00:00.000Z","employee_id":7,' +
        '"items":[{"item_id":5,"quantity":20},{"item_id":6,"quantity":30}],' +
        `"source":{"path":"a.csv","etag":"${'a'.repeat(64)}","row":2}}`,
    );
    expect([message!.key, message!.partition]).toEqual(['19', partitionOf(Buffer.from('19'), PARTITIONS)]);
  });

  test('gather rows of one store, moment and employee, also when they alternate', () => {
    const rows = [
      row(2, 1),
      row(3, 2, { employeeId: null }),
      row(4, 3),
      row(5, 4, { employeeId: null }),
      row(6, 5, { dateTime: NOW }),
    ];
    expect(send(rows).map(({ value }) => value.items.map((item) => item.item_id))).toEqual([[1, 3], [2, 4], [5]]);
  });

  test('have at most 1,000 rows', () => {
    const sizes = send(Array.from({ length: 2300 }, (_, index) => row(index + 2, index))).map(
      ({ value }) => value.items.length,
    );
    expect(sizes).toEqual([1000, 1000, 300]);
  });

  test('leave out what was sent before', () => {
    const rows = [row(2, 1), row(3, 2, { dateTime: 1 }), row(4, 3, { dateTime: 2 })];
    const asked: unknown[] = [];
    const sent = send(rows, (partition, mark) => {
      asked.push([partition, mark]);
      return 3;
    });
    expect(sent.map(({ value }) => value.source.row)).toEqual([4]);
    const mark = fileMark({ path: 'a.csv', hash: 'a'.repeat(64) });
    expect(asked[0]).toEqual([partitionOf(Buffer.from('19'), PARTITIONS), mark]);
  });

  test('lose no row, and a row that counts an item again comes behind the first', () => {
    const drafts = fc.array(
      fc.record({
        itemId: fc.integer({ min: 1, max: 4 }),
        storeId: fc.constantFrom(19, 20),
        employeeId: fc.constantFrom(null, 1, 2),
        dateTime: fc.constantFrom(0, 1000),
      }),
      { maxLength: 40, size: 'max' },
    );
    fc.assert(
      fc.property(drafts, (all) => {
        const rows = all.map((draft, index) => row(index + 2, draft.itemId, draft));
        // As the pipeline reads them back: later in the log, or further down in a message, is later.
        const entries = new CountEntries();
        const rejections = new Rejections();
        const reference = {
          storeNames: new Map([
            [19, 'a'],
            [20, 'b'],
          ]),
          changeTypes: new Map(),
          itemIds: new Set<number>(),
        };
        send(rows).forEach(({ text }, record) => {
          const bytes = Buffer.from(text);
          parseCount(
            { record, bytes, start: 0, end: bytes.length, timestamp: NOW },
            { reference, entries, rejections },
          );
        });
        expect(rejections.byRecord.size).toBe(0);
        const last = (counts: readonly (readonly [string, number])[]) => Object.fromEntries(counts);
        const read = Array.from({ length: entries.count }, (_, entry): readonly [string, number] => [
          `${entries.storeId[entry]} ${entries.itemId[entry]} ${entries.dateTime[entry]}`,
          entries.quantity[entry]!,
        ]);
        const written = rows.map((one): readonly [string, number] => [
          `${one.storeId} ${one.itemId} ${one.dateTime}`,
          one.quantity,
        ]);
        expect(last(read)).toEqual(last(written));
        expect(read.map(([, quantity]) => quantity).toSorted((one, other) => one - other)).toEqual(
          rows.map((one) => one.quantity),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
