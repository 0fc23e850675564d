import type { Dice } from '../../support/dice.ts';
import type { Sent } from './meaning.ts';
import { changeRecord, contradict, countRecord, drawTransaction, type Transaction } from './records.ts';
import { rejectedRecord } from './rejected.ts';
import { waitingRecord } from './waiting.ts';
import { openShop } from './shop.ts';

/** Everything that the tills and the counters of one simulation send, in order: 20 to 80 records. */
export function drawTraffic(dice: Dice): readonly Sent[] {
  const shop = openShop(dice);
  const sent: Sent[] = [];
  const transactions: Transaction[] = [];

  const anyRecord = (): Sent => {
    const roll = dice.below(100);
    if (roll < 25) return countRecord(shop, dice);
    if (roll < 31) return rejectedRecord(transactions.length > 0 ? dice.pick(transactions).transId : 't', dice);
    if (roll < 35) return waitingRecord(sent.length, shop, dice);
    if (transactions.length > 0) {
      // Byte for byte, soon or late after the first.
      if (roll < 42) return sent.at(-dice.between(1, Math.min(3, sent.length)))!;
      if (roll < 48) return dice.pick(sent);
      if (roll < 56) return changeRecord(contradict(dice.pick(transactions), shop, dice), dice);
      // The same again, written in another way.
      if (roll < 60) return changeRecord(dice.pick(transactions), dice);
    }
    const transaction = drawTransaction(transactionId(transactions.length, dice), shop, dice);
    transactions.push(transaction);
    return changeRecord(transaction, dice);
  };

  const count = dice.between(20, 80);
  while (sent.length < count) sent.push(anyRecord());
  return sent;
}

function transactionId(number: number, dice: Dice): string {
  return dice.chance(0.1) ? `té-${number}` : `t${number}`;
}
