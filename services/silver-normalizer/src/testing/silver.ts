import {
  identityOf,
  INVENTORY_CHANGE,
  INVENTORY_CHANGE_TOPIC,
  QUARANTINE,
  REFERENCE_RULES,
  SilverBlockReader,
  type Expectation,
  type FindChanges,
  type KnownChange,
  type Reference,
  type Table,
} from '@tillstream/inventory';
import { decodeHeaders, type RecordBatch, type TopicPartition } from '@tillstream/log';
import type { Count, StageOutput } from '@tillstream/runtime';
import { decodeRows, type RowValues } from '@tillstream/store';
import type { PositionRange, SilverHistory } from '../history.ts';
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
  readonly #identities: { readonly partition: number; readonly high: number; readonly low: number }[] = [];
  /** By position: the last row that was written. */
  readonly #quarantine = new Map<string, QuarantineRow>();
  lookUps = 0;

  readonly findChanges: FindChanges = async (lines) => {
    this.lookUps++;
    const identities = new Set(lines.map(identityOf));
    return this.#changes.filter((change) => identities.has(identityOf(change)));
  };

  async *identities(partitions: readonly TopicPartition[]) {
    const theirs = this.#identities.filter(({ partition }) => partitions.some((one) => one.partition === partition));
    yield {
      high: Uint32Array.from(theirs, ({ high }) => high),
      low: Uint32Array.from(theirs, ({ low }) => low),
    };
  }

  async lastSetAside(partitions: readonly TopicPartition[]) {
    return partitions.flatMap(({ topic, partition }) => {
      const offsets = this.#waiting({ topic, partition }).map(({ source_offset: offset }) => offset);
      return offsets.length === 0 ? [] : [{ topic, partition, offset: Math.max(...offsets) }];
    });
  }

  async setAside({ from, to, ...place }: PositionRange): Promise<readonly number[]> {
    return this.#waiting(place)
      .map(({ source_offset: offset }) => offset)
      .filter((offset) => offset >= from && offset <= to)
      .filter((offset) => !this.#changes.some((change) => isFrom(change, place, offset)));
  }

  #waiting({ topic, partition }: TopicPartition): readonly QuarantineRow[] {
    return [...this.#quarantine.values()]
      .filter((row) => row.source_topic === topic && row.source_partition === partition)
      .filter(({ rules }) => REFERENCE_RULES.some((rule) => rules.includes(rule)));
  }

  store(output: StageOutput): void {
    for (const row of rowsOf(output, INVENTORY_CHANGE)) this.#changes.push(toChange(row));
    for (const row of rowsOf(output, QUARANTINE) as unknown as readonly QuarantineRow[]) {
      this.#quarantine.set(`${row.source_topic}/${row.source_partition}@${row.source_offset}`, row);
    }
    // The rows have the hash too, but as a double that cannot hold all of it.
    for (const { identityHigh: high, identityLow: low, kind, source } of blockRows(output)) {
      if (kind !== 'count') this.#identities.push({ partition: Number(source.split('@')[0]), high, low });
    }
  }
}

type QuarantineRow = {
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly rules: readonly string[];
};

function isFrom(change: KnownChange, { topic, partition }: TopicPartition, offset: number): boolean {
  const isChange = topic === INVENTORY_CHANGE_TOPIC.name;
  return isChange && change.sourcePartition === partition && change.sourceOffset === offset;
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

/** A worker that has partition 0 of the transactions. */
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
  const blocks = [...output.firstTables, ...output.tables].filter((block) => block.table === table);
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
