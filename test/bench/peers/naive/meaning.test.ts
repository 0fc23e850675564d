import { expect, test } from 'vitest';
import { Inventory } from './meaning.ts';

const sale = (trans: string, at: string, quantities: readonly [number, number][], place = { store: 1, type: 1 }) => ({
  trans_id: trans,
  store_id: place.store,
  date_time: `2026-01-05T${at}:00.000Z`,
  change_type_id: place.type,
  items: quantities.map(([item_id, quantity]) => ({ item_id, quantity })),
});
const count = (at: string, quantity: number, store = 1) => ({
  store_id: store,
  date_time: `2026-01-05 ${at}:00`,
  items: [{ item_id: 7, quantity }],
});
const current = (inventory: Inventory): number[] => inventory.takeTouched().map((key) => key.count!.quantity + key.sum);

test('the latest count and the changes since, whatever comes first', () => {
  const inventory = new Inventory();
  inventory.change(sale('B', '09:00', [[7, -2]]));
  expect(current(inventory)).toEqual([]);
  inventory.count(count('08:00', 10), 0, 1);
  expect(current(inventory)).toEqual([8]);
  inventory.change(sale('A', '07:00', [[7, -5]]));
  inventory.count(count('06:00', 99), 1, 0);
  inventory.change(sale('C', '08:00', [[7, -1]]));
  expect(current(inventory)).toEqual([7]);
});

test('a line counts once, its entries added up', () => {
  const inventory = new Inventory();
  inventory.count(count('06:00', 10), 0, 0);
  for (let copy = 0; copy < 2; copy++) {
    inventory.change(
      sale('A', '07:00', [
        [7, -1],
        [7, -2],
      ]),
    );
  }
  expect(current(inventory)).toEqual([7]);
});

test('a pick-up that is booked online does not leave the online shelf', () => {
  const inventory = new Inventory();
  inventory.count(count('06:00', 10, 0), 0, 0);
  inventory.change(sale('A', '07:00', [[7, -1]], { store: 0, type: 4 }));
  inventory.change(sale('B', '07:00', [[7, -1]], { store: 0, type: 1 }));
  expect(current(inventory)).toEqual([9]);
});

test('of two counts of one time the later in the log stays', () => {
  const inventory = new Inventory();
  inventory.count(count('06:00', 3), 1, 5);
  inventory.count(count('06:00', 4), 1, 4);
  expect(current(inventory)).toEqual([3]);
});
