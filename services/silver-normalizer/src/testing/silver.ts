import {
  identityOf,
  INVENTORY_CHANGE,
  SilverBlockReader,
  type Expectation,
  type FindChanges,
  type KnownChange,
  type Reference,
  type Table,
} from '@tillstream/inventory';
import { decodeHeaders, type RecordBatch } from '@tillstream/log';
import type { Count, StageOutput } from '@tillstream/runtime';
import { decodeRows, type RowValues } from '@tillstream/store';
import type { SilverHistory } from '../history.ts';
import { SilverStage, type SilverStageOptions } from '../stage.ts';
import { NOW } from './records.ts';

export const REFERENCE: Reference = {
  storeNames: new Map([
    [19, 'Main Street'],
    [20, 'online'],
  ]),
  changeTypes: new Map([
    [1, 'sale'],
    [2, 'bopis'],
  ]),
  itemIds: new Set([1, 2, 3]),
};

/** The silver tables as far as the stage asks for them: what it has written itself. */
export class FakeTables implements SilverHistory {
  reference: () => Promise<Reference> = async () => REFERENCE;
  readonly #changes: KnownChange[] = [];
  readonly #identities: (readonly [high: number, low: number])[] = [];
  lookUps = 0;

  readonly findChanges: FindChanges = async (lines) => {
    this.lookUps++;
    const identities = new Set(lines.map(identityOf));
    return this.#changes.filter((change) => identities.has(identityOf(change)));
  };

  async *identities() {
    yield {
      high: Uint32Array.from(this.#identities, ([high]) => high),
      low: Uint32Array.from(this.#identities, ([, low]) => low),
    };
  }

  store(output: StageOutput): void {
    for (const { table, bytes } of output.tables) {
      if (table !== INVENTORY_CHANGE) continue;
      for (const row of decodeRows(table.columns, Buffer.from(bytes))) this.#changes.push(toChange(row));
    }
    // The rows have the hash too, but as a double that cannot hold all of it.
    for (const { identityHigh, identityLow, kind } of blockRows(output)) {
      if (kind !== 'count') this.#identities.push([identityHigh, identityLow]);
    }
  }
}

function toChange(row: RowValues): KnownChange {
  return {
    transId: row['trans_id'] as string,
    itemId: row['item_id'] as number,
    storeId: row['store_id'] as number,
    dateTime: row['date_time'] as number,
    quantity: row['quantity'] as number,
    changeTypeId: row['change_type_id'] as number,
    sourcePartition: row['source_partition'] as number,
    sourceOffset: row['source_offset'] as number,
  };
}

export type SilverSettings = Partial<Omit<SilverStageOptions, 'expectations'>> & {
  readonly expectations?: readonly Expectation[];
};

export async function startSilver(tables: FakeTables = new FakeTables(), settings: SilverSettings = {}) {
  const stage = new SilverStage(
    {
      hotLines: 1000,
      filterBytes: 2 ** 16,
      lateAfterMs: 3_600_000,
      seed: 1,
      blockPartitions: 4,
      expectations: [],
      now: () => NOW,
      ...settings,
    },
    tables,
  );
  await stage.assigned([{ topic: 'pos.inventory-change', partition: 0 }], async () => undefined);
  /** Works on the batches and stores what comes out. */
  const work = async (...batches: readonly RecordBatch[]): Promise<StageOutput> => {
    const output = await stage.process(batches);
    tables.store(output);
    return output;
  };
  return { stage, tables, work };
}

/** Rows that a turn writes to a table, by the names of its declared columns. */
export function rowsOf(output: StageOutput, table: Table): readonly RowValues[] {
  const blocks = output.tables.filter((block) => block.table === table);
  if (blocks.length > 1) throw new Error(`more than one block of ${table.name}`);
  const rows = blocks.flatMap(({ bytes }) => decodeRows(table.columns, Buffer.from(bytes)));
  if (rows.length !== (blocks[0]?.rows ?? 0)) throw new Error(`${table.name} has another number of rows than it says`);
  return rows;
}

/** Rows of the blocks that a turn publishes, with the partition and the encoding of their block. */
export function blockRows(output: StageOutput) {
  return output.publish.flatMap((batch) =>
    Array.from({ length: batch.count }, (_, index) => {
      const headers = decodeHeaders(batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index]));
      const block = new SilverBlockReader(batch.bytes, batch.valueStart[index]!, batch.valueEnd[index]!);
      return Array.from({ length: block.rows }, (_row, row) => ({
        topic: batch.topic,
        partition: batch.partition,
        publishedAt: batch.timestamps[index]!,
        encoding: headers.get('encoding'),
        kind: (['change', 'count', 'off-shelf'] as const)[block.kind(row)],
        storeId: block.storeId(row),
        itemId: block.itemId(row),
        dateTime: block.dateTime(row),
        quantity: block.quantity(row),
        changeTypeId: block.changeTypeId(row),
        source: `${block.sourcePartition(row)}@${block.sourceOffset(row)}:${block.sourceLine(row)}`,
        identityHigh: block.identityHigh(row),
        identityLow: block.identityLow(row),
        recordTimestamp: block.recordTimestamp(row),
      }));
    }).flat(),
  );
}

/** Figures of a turn as `name dataset[ rule]`, those of nothing left out. */
export function figuresOf({ counts }: StageOutput): Readonly<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const { name, dataset, rule, value } of counts as readonly Count[]) {
    const label = [name, dataset, rule].filter((part) => part !== undefined).join(' ');
    if (value !== 0) figures[label] = (figures[label] ?? 0) + value;
  }
  return figures;
}
