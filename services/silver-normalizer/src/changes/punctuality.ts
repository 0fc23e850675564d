import { INVENTORY_CHANGE, StoreClocks, type ChangeLines, type SourcePositions } from '@tillstream/inventory';
import type { Count } from '@tillstream/runtime';

export type StorePunctuality = { readonly storeId: number; readonly late: number; readonly ahead: number };

/** Counts late lines and clocks that run ahead, store by store and partition by partition. */
export class Punctuality {
  readonly #limitMs: number;
  readonly #clocks = new Map<number, StoreClocks>();
  #counted = { late: 0, ahead: 0 };

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  observe(lines: ChangeLines, positions: SourcePositions): readonly Count[] {
    for (let line = 0; line < lines.count; line++) {
      const partition = positions.partition[lines.record[line]!]!;
      this.#clocksOf(partition).observe(lines.storeId[line]!, lines.dateTime[line]!);
    }
    const before = this.#counted;
    this.#counted = { late: 0, ahead: 0 };
    for (const { late, ahead } of this.report()) {
      this.#counted.late += late;
      this.#counted.ahead += ahead;
    }
    const dataset = INVENTORY_CHANGE.name;
    return [
      { name: 'rows_late', dataset, value: this.#counted.late - before.late },
      { name: 'rows_clock_ahead', dataset, value: this.#counted.ahead - before.ahead },
    ];
  }

  /** Stores with lines that were late or ahead, since the start of the process. */
  report(): readonly StorePunctuality[] {
    const stores = new Map<number, { storeId: number; late: number; ahead: number }>();
    for (const clocks of this.#clocks.values()) {
      for (const [storeId, { late, ahead }] of clocks.figures) {
        const sum = stores.get(storeId) ?? { storeId, late: 0, ahead: 0 };
        stores.set(storeId, { storeId, late: sum.late + late, ahead: sum.ahead + ahead });
      }
    }
    return [...stores.values()];
  }

  #clocksOf(partition: number): StoreClocks {
    const clocks = this.#clocks.get(partition) ?? new StoreClocks(this.#limitMs);
    this.#clocks.set(partition, clocks);
    return clocks;
  }
}
