import type { Reference } from '@tillstream/inventory';
import type { Dice } from '../../support/dice.ts';

export const MINUTE = 60_000;
export const OPENING = Date.UTC(2011, 2, 1, 6);

export const TOWN_STORE = 1;
export const ONLINE_STORE = 7;
/** Unknown until the reference data grows. */
export const LATER_STORE = 99;

export const SALE = 1;
export const RESTOCK = 3;
export const PICK_UP = 4;
/** Unknown until the reference data grows. */
export const LATER_PICK_UP = 9;

/** `Online` and `BOPIS` are no misprints: the rule goes by the exact names. */
export const REFERENCE: Reference = {
  storeNames: new Map([
    [TOWN_STORE, 'Online'],
    [ONLINE_STORE, 'online'],
  ]),
  changeTypes: new Map([
    [SALE, 'sale'],
    [2, 'BOPIS'],
    [RESTOCK, 'restock'],
    [PICK_UP, 'bopis'],
  ]),
  itemIds: new Set([100]),
};

/** Reference data as it is after a reload: what was unknown becomes another online store and another pick-up type. */
export const GROWN_REFERENCE: Reference = {
  ...REFERENCE,
  storeNames: new Map([...REFERENCE.storeNames, [LATER_STORE, 'online']]),
  changeTypes: new Map([...REFERENCE.changeTypes, [LATER_PICK_UP, 'bopis']]),
};

/** A shop small enough that everything meets everything: few keys, few times. */
export type Shop = {
  /** Items by store, one to four pairs in all. */
  readonly items: ReadonlyMap<number, readonly number[]>;
  readonly times: readonly number[];
};

export function openShop(dice: Dice): Shop {
  const items = new Map<number, number[]>();
  const pairs = dice.shuffled([100, 101].flatMap((item) => [TOWN_STORE, ONLINE_STORE].map((store) => [store, item])));
  for (const [store, item] of pairs.slice(0, dice.between(1, 4))) {
    items.set(store!, [...(items.get(store!) ?? []), item!]);
  }
  const times = Array.from({ length: dice.between(2, 30) }, () => OPENING + dice.below(60) * MINUTE);
  return { items, times };
}
