import {
  identityOf,
  INVENTORY_CHANGE,
  type FindChanges,
  type KnownChange,
  type LineKey,
  type Reference,
} from '@tillstream/inventory';
import type { TopicPartition } from '@tillstream/log';
import type { IdentityColumns, SilverHistory } from '@tillstream/silver-normalizer';
import { ownStoreFirst } from '@tillstream/store';
import type { Dice } from '../../support/dice.ts';
import type { StoreServer } from './fake-store.ts';
import type { Operations } from './operations.ts';
import type { StoredChange } from './stored-rows.ts';

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
  return { findChanges, identities, reference };
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
