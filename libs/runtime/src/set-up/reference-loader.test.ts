import type { Store } from '@tillstream/store';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadReferenceData } from './reference-loader.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillstream-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing is asked of it before all files are read. */
const NO_STORE = {} as Store;

test('a packed file that is damaged is named, with what to do', async () => {
  writeFileSync(join(folder, 'item.txt'), 'item_id,name,supplier_id,safety_stock_quantity\n1,a,1,1\n');
  writeFileSync(join(folder, 'inventory_change_type.txt'), 'change_type_id,change_type\n1,sale\n');
  writeFileSync(join(folder, 'store.txt.gz'), 'store_id,name\n1,a\n');
  await expect(loadReferenceData(NO_STORE, folder, 1)).rejects.toThrow(
    /^reference file \S+\/store\.txt\.gz cannot be unpacked: pack it anew with gzip$/,
  );
});
