import type { Dice } from '../../support/dice.ts';
import type { RejectedMeaning, Sent } from './meaning.ts';
import { changeRecord, countRecord, drawTransaction } from './records.ts';
import { LATER_PICK_UP, LATER_STORE, PICK_UP, SALE, TOWN_STORE, type Shop } from './shop.ts';

/**
 * A record that waits in quarantine for reference data. A transaction of its own: which of two that contradict each
 * other comes first would depend on when the data came.
 */
export function waitingRecord(number: number, { times }: Shop, dice: Dice): Sent {
  const laterShop: Shop = { times, items: new Map([[LATER_STORE, [100, 101]]]) };
  if (dice.chance(0.4)) return waiting(countRecord(laterShop, dice), ['unknown_store']);
  const transaction = drawTransaction(`w${number}`, laterShop, dice);
  switch (dice.below(3)) {
    case 0:
      return waiting(changeRecord({ ...transaction, changeTypeId: dice.pick([SALE, PICK_UP]) }, dice), [
        'unknown_store',
      ]);
    case 1:
      return waiting(changeRecord({ ...transaction, storeId: TOWN_STORE, changeTypeId: LATER_PICK_UP }, dice), [
        'unknown_change_type',
      ]);
    default:
      return waiting(changeRecord({ ...transaction, changeTypeId: LATER_PICK_UP }, dice), [
        'unknown_change_type',
        'unknown_store',
      ]);
  }
}

function waiting(sent: Sent, rules: readonly string[]): Sent {
  if (sent.meaning.kind === 'rejected') throw new Error('a record cannot wait twice');
  const meaning: RejectedMeaning = { kind: 'rejected', rules, onceKnown: sent.meaning };
  return { ...sent, meaning };
}
