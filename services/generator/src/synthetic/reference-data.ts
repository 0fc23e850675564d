import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CHANGE_TYPES, FIRST_ITEM_ID, storeName } from './catalogue.ts';
import { completeOptions, type SyntheticOptions } from './options.ts';

const SUPPLIERS = 40;

/** Writes the reference data that the synthetic transactions refer to; see docs/contracts.md, section 4. */
export async function writeReferenceData(folder: string, options: Partial<SyntheticOptions> = {}): Promise<void> {
  const { stores, items } = completeOptions(options);
  const rows = (count: number, row: (index: number) => string): string =>
    Array.from({ length: count }, (_, i) => row(i)).join('');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'store.txt'), `store_id,name\n${rows(stores, (id) => `${id},${storeName(id)}\n`)}`);
  await writeFile(
    join(folder, 'item.txt'),
    `item_id,name,supplier_id,safety_stock_quantity\n${rows(items, (index) => itemRow(FIRST_ITEM_ID + index))}`,
  );
  const types = Object.entries(CHANGE_TYPES).map(([name, id]) => `${id},${name}\n`);
  await writeFile(join(folder, 'inventory_change_type.txt'), `change_type_id,change_type\n${types.join('')}`);
}

function itemRow(itemId: number): string {
  const supplierId = 1 + (itemId % SUPPLIERS);
  const safetyStock = 5 + (itemId % 4) * 5;
  return `${itemId},item ${itemId},${supplierId},${safetyStock}\n`;
}
