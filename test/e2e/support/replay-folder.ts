import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A replay folder of two stores, two counted items and one sale: the ground on which tests put their own files. */
export function writeReplayFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('store.txt', ['store_id,name', '0,online', '1,store_001']);
  write('item.txt', ['item_id,name,supplier_id,safety_stock_quantity', '10,globe,1,5', '11,"cup, blue",1,5']);
  write('inventory_change_type.txt', ['change_type_id,change_type', '1,sale', '4,bopis']);
  write('inventory_change.txt', [
    'trans_id,item_id,store_id,date_time,quantity,change_type_id',
    '{T-1},10,1,2011-03-01 10:00:00,-2,1',
  ]);
  write('inventory_snapshot.txt', [
    'item_id,employee_id,store_id,date_time,quantity',
    '10,7,1,2011-03-01 06:00:00,20',
    '11,7,1,2011-03-01 06:00:00,8',
  ]);
}
