import { DATASETS, type Reference, type Table } from '@tillstream/inventory';
import type { Store, TableBlock } from '@tillstream/store';
import type { Dice } from '../../support/dice.ts';
import { decodeRows } from './decode-rows.ts';
import { FakeTable } from './fake-table.ts';
import type { Operations } from './operations.ts';

/** The tables, shared by all workers. Reference data is set, not inserted. */
export class StoreServer {
  readonly #tables: ReadonlyMap<string, FakeTable>;
  reference: Reference;

  constructor(reference: Reference, dice: Dice) {
    this.reference = reference;
    const tables = DATASETS.filter((dataset): dataset is Table => dataset.kind === 'table');
    this.#tables = new Map(tables.map((table) => [table.name, new FakeTable(table, dice)]));
  }

  table({ name }: Pick<Table, 'name'>): FakeTable {
    return this.#tables.get(name)!;
  }
}

/** One worker's connection to the store. What workers ask in SQL is answered by the fake histories. */
export class FakeStore implements Store {
  readonly migrate = notSimulated;
  readonly query = notSimulated;
  readonly queryRowBinary = notSimulated;
  readonly streamRowBinary = notSimulated;
  readonly queryText = notSimulated;
  readonly command = notSimulated;
  readonly close = notSimulated;
  readonly #server: StoreServer;
  readonly #operations: Operations;

  constructor(server: StoreServer, operations: Operations) {
    this.#server = server;
    this.#operations = operations;
  }

  async insert(block: TableBlock): Promise<void> {
    const { table, rows } = block;
    const label = (): string => `insert ${table.name} (${rows})`;
    // Decoded when it happens: the bytes must not have changed by then.
    const part = (): void => this.#server.table(table).insert(decodeRows(block));
    await this.#operations.ask({ label, kind: 'insert', parts: [part], result: () => undefined });
  }
}

function notSimulated(): never {
  throw new Error('stages ask through their histories');
}
