import { RAW_INVENTORY_CHANGE, RAW_INVENTORY_SNAPSHOT } from '@tillstream/inventory';
import { naiveOracle, type BronzeRecord, type Truth } from '../../oracle/naive-oracle.ts';
import type { StoredRaw } from '../world/stored-rows.ts';
import type { World } from '../world/world.ts';
import { faultText, positionOf } from './expected.ts';

export type NaiveTables = {
  readonly gold: ReadonlyMap<string, string>;
  readonly quarantine: ReadonlyMap<string, string>;
};

/**
 * The same truth from nothing but the bytes in bronze, by code that knows neither the stages nor who made the records.
 * `waited` are positions of records in quarantine for reference data, with the rules of then.
 */
export function naiveTables({ store }: World, waited: ReadonlyMap<string, readonly string[]>): NaiveTables {
  const records = [RAW_INVENTORY_CHANGE, RAW_INVENTORY_SNAPSHOT]
    .flatMap((table) => store.table(table).all<StoredRaw>())
    .map((row): BronzeRecord => ({ ...row, value: Buffer.from(row.value, 'latin1') }));
  const { storeNames: stores, changeTypes } = store.reference;
  const waitedThere = new Map(records.flatMap((record) => entryOf(record, waited)));
  return asText(naiveOracle(records, { stores, changeTypes }, { waited: waitedThere }));
}

/** The oracle writes positions in its own way. */
function entryOf(
  record: BronzeRecord,
  waited: ReadonlyMap<string, readonly string[]>,
): readonly [string, readonly string[]][] {
  const rules = waited.get(positionOf(record));
  return rules === undefined ? [] : [[`${record.topic}|${record.partition}|${record.offset}`, rules]];
}

function asText({ gold, quarantine }: Truth): NaiveTables {
  return {
    gold: new Map(
      [...gold].map(([key, row]) => [
        key,
        `${row.snapshotQuantity} ${row.changeQuantity} ${row.currentInventory} ${row.dateTime}`,
      ]),
    ),
    quarantine: new Map(
      [...quarantine.values()].map(({ record, rules, lines }) => [
        positionOf(record),
        faultText({ rules, entries: lines }),
      ]),
    ),
  };
}
