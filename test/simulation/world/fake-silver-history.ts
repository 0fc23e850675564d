import {
  identityOf,
  INVENTORY_CHANGE,
  INVENTORY_CHANGE_TOPIC,
  QUARANTINE,
  REFERENCE_RULES,
  type FindChanges,
  type KnownChange,
  type LineKey,
  type Reference,
} from '@tillstream/inventory';
import type { TopicPartition } from '@tillstream/log';
import type { IdentityColumns, PositionRange, SilverHistory } from '@tillstream/silver-normalizer';
import { ownStoreFirst } from '@tillstream/store';
import type { Dice } from '../../support/dice.ts';
import type { StoreServer } from './fake-store.ts';
import type { Operations } from './operations.ts';
import type { StoredChange, StoredQuarantine } from './stored-rows.ts';

/** What silver asks, answered from the fake tables as they are when the scheduler lets the question through. */
export function fakeSilverHistory(server: StoreServer, operations: Operations, dice: Dice): SilverHistory {
  const changes = server.table(INVENTORY_CHANGE);

  const query = async <Result>(label: () => string, result: () => Result): Promise<Result> =>
    operations.ask({ label, kind: 'query', parts: [() => undefined], result });

  /** Between its two questions others go on. */
  const findChanges: FindChanges = async (lines) =>
    ownStoreFirst(
      lines,
      async (all) => find(all, inTheirStore),
      async (others) => find(others, identityOf),
    );

  const find = async (lines: readonly LineKey[], keyOf: (line: LineKey) => string): Promise<KnownChange[]> =>
    query(
      () => `find changes of ${lines.map(keyOf).join(' ')}`,
      () => {
        const wanted = new Set(lines.map(keyOf));
        return changes
          .all<StoredChange>()
          .map(toKnownChange)
          .filter((change) => wanted.has(keyOf(change)));
      },
    );

  async function* identities(partitions: readonly TopicPartition[]): AsyncGenerator<IdentityColumns> {
    const wanted = new Set(partitions.map(({ partition }) => partition));
    yield await query(
      () => 'identities',
      () => {
        const rows = changes.all<StoredChange>().filter((row) => wanted.has(row.source_partition));
        const hashes = rows.map((row) => BigInt(row.identity_hash));
        return {
          high: Uint32Array.from(hashes, (hash) => Number(hash >> 32n)),
          low: Uint32Array.from(hashes, (hash) => Number(hash & 0xffffffffn)),
        };
      },
    );
    yield olderIdentities(dice);
  }

  const reference = async (): Promise<Reference> =>
    query(
      () => 'reference',
      () => server.reference,
    );

  const waiting = ({ topic, partition }: TopicPartition): readonly number[] =>
    server
      .table(QUARANTINE)
      .all<StoredQuarantine>()
      .filter((row) => row.source_topic === topic && row.source_partition === partition)
      .filter(({ rules }) => REFERENCE_RULES.some((rule) => rules.includes(rule)))
      .map((row) => row.source_offset);

  const lastSetAside = async (partitions: readonly TopicPartition[]) =>
    query(
      () => 'last set aside',
      () =>
        partitions.flatMap(({ topic, partition }) => {
          const offsets = waiting({ topic, partition });
          return offsets.length === 0 ? [] : [{ topic, partition, offset: Math.max(...offsets) }];
        }),
    );

  const setAside = async ({ topic, partition, from, to }: PositionRange): Promise<readonly number[]> =>
    query(
      () => `set aside in ${topic}/${partition}@${from} to ${to}`,
      () => {
        const isStored = (offset: number): boolean =>
          topic === INVENTORY_CHANGE_TOPIC.name &&
          changes.all<StoredChange>().some((row) => row.source_partition === partition && row.source_offset === offset);
        return waiting({ topic, partition }).filter((one) => one >= from && one <= to && !isStored(one));
      },
    );
  return { findChanges, identities, reference, lastSetAside, setAside };
}

/** Lines of other days: some workers' filters are so full of them that hardly anything is certainly new. */
function olderIdentities(dice: Dice): IdentityColumns {
  const count = dice.pick([0, 0, 60, 300]);
  return {
    high: Uint32Array.from({ length: count }, () => dice.uint32()),
    low: Uint32Array.from({ length: count }, () => dice.uint32()),
  };
}

function inTheirStore(line: LineKey): string {
  return `${line.storeId}|${identityOf(line)}`;
}

function toKnownChange(row: StoredChange): KnownChange {
  return {
    transId: Buffer.from(row.trans_id, 'latin1').toString(),
    itemId: row.item_id,
    storeId: row.store_id,
    dateTime: row.date_time,
    quantity: row.quantity,
    changeTypeId: row.change_type_id,
    sourcePartition: row.source_partition,
    sourceOffset: row.source_offset,
  };
}
