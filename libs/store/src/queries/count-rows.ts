import type { Dataset } from '@tillstream/inventory';

import type { Store } from '../port.ts';

const SQL = 'SELECT count() AS rows FROM pos.{dataset:Identifier}';

/** Rows of the dataset as its readers see them. */
export async function countRows(store: Pick<Store, 'query'>, dataset: Pick<Dataset, 'name'>): Promise<number> {
  const [row] = await store.query<{ rows: string }>(SQL, { dataset: dataset.name });
  return Number(row?.rows);
}
