import {
  INVENTORY_CHANGE,
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_SNAPSHOT,
  INVENTORY_SNAPSHOT_TOPIC,
  PickUpRule,
  QUARANTINE,
  REFERENCE_RULES,
  Rejections,
  RowBinaryWriter,
  SilverBlockWriter,
  EMPTY_REFERENCE,
  type ChangeExpectation,
  type CountExpectation,
  type Expectation,
  type Reference,
  type Table,
} from '@tillstream/inventory';
import type { RecordBatch, TopicPartition } from '@tillstream/log';
import {
  BlockBuilder,
  NOTHING_VISIBLE,
  type Confirm,
  type Count,
  type Stage,
  type StageOutput,
} from '@tillstream/runtime';
import type { TableBlock } from '@tillstream/store';
import { ChangeFlow, type ChangeFlowOptions } from './changes/change-flow.ts';
import type { StorePunctuality } from './changes/punctuality.ts';
import { CountFlow } from './counts/count-flow.ts';
import type { SilverHistory } from './history.ts';
import { writeQuarantine } from './output/quarantine-rows.ts';
import { SetAside } from './replay/set-aside.ts';
import { TurnRecords } from './turn-records.ts';

export type SilverStageOptions = Omit<ChangeFlowOptions, 'expectations'> & {
  readonly expectations: readonly Expectation[];
  /** Partitions of the silver topic. */
  readonly blockPartitions: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export const SILVER_SERVICE = 'silver-normalizer';

/** Raw records in; clean changes and counts, their blocks, and the quarantine out. */
export class SilverStage implements Stage {
  readonly service = SILVER_SERVICE;
  readonly #history: SilverHistory;
  readonly #setAside: SetAside;
  readonly #now: () => number;
  readonly #changes: ChangeFlow;
  readonly #counts: CountFlow;
  readonly #blockWriters: SilverBlockWriter[];
  readonly #changeRows = new RowBinaryWriter();
  readonly #countRows = new RowBinaryWriter();
  readonly #quarantineRows = new RowBinaryWriter();
  #reference: Reference = EMPTY_REFERENCE;
  #loading: Promise<void> = Promise.resolve();
  #pickUpRule = new PickUpRule(EMPTY_REFERENCE);

  constructor(options: SilverStageOptions, history: SilverHistory) {
    this.#history = history;
    this.#setAside = new SetAside(history);
    this.#now = options.now;
    const isForChanges = (one: Expectation): one is ChangeExpectation => one.dataset === INVENTORY_CHANGE.name;
    const isForCounts = (one: Expectation): one is CountExpectation => one.dataset === INVENTORY_SNAPSHOT.name;
    this.#changes = new ChangeFlow({ ...options, expectations: options.expectations.filter(isForChanges) });
    this.#counts = new CountFlow(options.expectations.filter(isForCounts));
    this.#blockWriters = Array.from({ length: options.blockPartitions }, () => new SilverBlockWriter());
  }

  /** Stores whose lines came late or with a clock ahead of the others, and how many. */
  get punctuality(): readonly StorePunctuality[] {
    return this.#changes.punctuality.report();
  }

  get reference(): Reference {
    return this.#reference;
  }

  async assigned(partitions: readonly TopicPartition[], confirm: Confirm): Promise<void> {
    await this.reloadReference(confirm);
    await this.#setAside.assigned(partitions);
    const ofChanges = partitions.filter((one) => one.topic === INVENTORY_CHANGE_TOPIC.name);
    if (ofChanges.length === 0) return;
    for await (const { high, low } of this.#history.identities(ofChanges)) {
      for (let index = 0; index < high.length; index++) this.#changes.judge.remember(high[index]!, low[index]!);
    }
  }

  revoked(): void {
    // What the filter knows of a lost partition costs a look-up at worst, and the window is compared with positions.
  }

  /**
   * Only additions take effect by themselves: to rename the online store or the pick-up type leaves rows of the past as
   * they were marked.
   *
   * Read, confirmed, used: a worker that was put out of the group, and does not know, would otherwise accept by newer
   * data what the owner of its partition sets aside to be sent again, and the line would count twice.
   */
  async reloadReference(confirm: Confirm): Promise<void> {
    // One after the other: what was read earlier must not take the place of what was read later.
    const loading = this.#loading.then(async () => {
      const reference = await this.#history.reference();
      await confirm();
      this.#reference = reference;
      this.#pickUpRule = new PickUpRule(reference);
    });
    this.#loading = loading.catch(() => undefined);
    await loading;
  }

  stateBytes(): number {
    return this.#changes.judge.byteLength;
  }

  stateKeys(): number {
    return this.#changes.judge.size;
  }

  async process(batches: readonly RecordBatch[]): Promise<StageOutput> {
    const now = this.#now();
    const setAside = await this.#setAside.among(batches);
    const of = (topic: string) =>
      new TurnRecords(
        batches.filter((batch) => batch.topic === topic),
        setAside,
      );
    const changes = of(INVENTORY_CHANGE_TOPIC.name);
    const counts = of(INVENTORY_SNAPSHOT_TOPIC.name);
    for (const writer of [this.#changeRows, this.#countRows, this.#quarantineRows]) writer.clear();
    const blocks = new BlockBuilder(this.#blockWriters, now);
    const rejectedChanges = new Rejections();
    const rejectedCounts = new Rejections();
    const shared = { reference: this.#reference, blocks };
    const figures: Count[] = [
      { name: 'records_read', dataset: INVENTORY_CHANGE_TOPIC.name, value: changes.count },
      { name: 'records_read', dataset: INVENTORY_SNAPSHOT_TOPIC.name, value: counts.count },
    ];

    // Counts first: where both wait, a key's count then meets fewer changes that it makes void.
    const countTurn = { ...shared, records: counts, rejections: rejectedCounts, rows: this.#countRows };
    figures.push(...this.#counts.process(countTurn));
    const { findChanges } = this.#history;
    const changeTurn = {
      ...shared,
      pickUpRule: this.#pickUpRule,
      records: changes,
      rejections: rejectedChanges,
      rows: this.#changeRows,
      findChanges,
    };
    figures.push(...(await this.#changes.process(changeTurn)));
    figures.push(...writeQuarantine(counts, rejectedCounts, now, this.#quarantineRows));
    figures.push(...writeQuarantine(changes, rejectedChanges, now, this.#quarantineRows));

    const rows = [...blockOf(INVENTORY_CHANGE, this.#changeRows), ...blockOf(INVENTORY_SNAPSHOT, this.#countRows)];
    const quarantine = blockOf(QUARANTINE, this.#quarantineRows);
    // Who replays this turn by newer reference data has to find what was set aside, before lines that have counted instead.
    const setsAside = rejectedChanges.haveAny(REFERENCE_RULES) || rejectedCounts.haveAny(REFERENCE_RULES);
    return {
      ...(setsAside
        ? { firstTables: quarantine, tables: rows }
        : { firstTables: [], tables: [...rows, ...quarantine] }),
      publish: blocks.build(),
      news: [],
      counts: figures,
      visible: NOTHING_VISIBLE,
    };
  }
}

function blockOf(table: Table, writer: RowBinaryWriter): readonly TableBlock[] {
  return writer.rows === 0 ? [] : [{ table, rows: writer.rows, bytes: writer.bytes() }];
}
