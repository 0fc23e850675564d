import { formatDateTime } from '@tillstream/inventory';

/** `inventory_snapshot_19_20110301T060000.csv`; milliseconds follow the seconds where there are any. */
export function countFileName(storeId: number, dateTimeMs: number): string {
  const digits = formatDateTime(dateTimeMs).replaceAll(/[-:.Z]/g, '');
  return `inventory_snapshot_${storeId}_${digits.endsWith('000') ? digits.slice(0, -3) : digits}.csv`;
}
