import type { Store } from '@tillstream/store';
import { answerOf, type Answer } from '../measure/answer.ts';
import { FIRST_PROBE_ITEM_ID } from './probes.ts';

/** Reads the whole inventory, without the probes' items. */
export async function readAnswer(store: Store, inventory: string): Promise<Answer> {
  const rows = await store.query<{ store_id: number; item_id: number; current_inventory: string | number }>(
    `SELECT store_id, item_id, current_inventory FROM ${inventory} WHERE item_id < ${FIRST_PROBE_ITEM_ID}`,
  );
  return answerOf(
    rows.map((row) => ({ storeId: row.store_id, itemId: row.item_id, quantity: Number(row.current_inventory) })),
  );
}
