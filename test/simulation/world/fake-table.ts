import type { Table } from '@tillstream/inventory';
import type { Dice } from '../../support/dice.ts';
import type { Row, Value } from './decode-rows.ts';

/**
 * A ReplacingMergeTree as the public views show it: of the rows with one key the greatest version holds. Which of
 * several rows with the same version a merge keeps is not promised, so the dice decide.
 */
export class FakeTable {
  readonly table: Table;
  readonly rows = new Map<string, Row>();
  /** Every row ever written, in the order of writing. */
  readonly written: Row[] = [];
  readonly #dice: Dice;

  constructor(table: Table, dice: Dice) {
    this.table = table;
    this.#dice = dice;
  }

  insert(rows: readonly Row[]): void {
    for (const row of rows) {
      this.written.push(row);
      const key = this.keyOf(row);
      const present = this.rows.get(key);
      if (present === undefined || this.#replaces(row, present)) this.rows.set(key, row);
    }
  }

  all<Typed>(): readonly Typed[] {
    return [...this.rows.values()] as readonly unknown[] as readonly Typed[];
  }

  keyOf(row: Row): string {
    return this.table.storage.key.map((column) => String(row[column])).join('|');
  }

  #replaces(row: Row, present: Row): boolean {
    const { version } = this.table.storage;
    const [mine, other] = version === undefined ? [0, 0] : [ordinal(row[version]), ordinal(present[version])];
    return mine === other ? this.#dice.chance(0.5) : mine > other;
  }
}

function ordinal(value: Value | undefined): number | bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error(`a version cannot be ${String(value)}`);
  return value;
}
