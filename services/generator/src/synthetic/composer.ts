import { formatDateTime } from '@tillstream/inventory';

import { messageKey } from '../message-key.ts';
import { Random } from '../random.ts';
import { CHANGE_TYPES, FIRST_PHYSICAL_STORE_ID, UNKNOWN_CHANGE_TYPE_ID } from './catalogue.ts';
import { Draft } from './draft.ts';
import type { GroundTruth } from './ground-truth.ts';
import { BROKEN_ENTRIES, MALFORMED_KINDS } from './malformed.ts';
import { detached, type Follower, type Message } from './message.ts';
import { RANDOM_STREAMS, type SyntheticOptions } from './options.ts';
import { TransactionWriter, transactionKey, type TransId } from './transaction-writer.ts';

const NEAR_TRANSACTIONS = 200;
const CONFLICT_TRANSACTIONS = 2000;
const FAST_TILL_MS = 3 * 60 * 60 * 1000;
/** Records that faults add are numbered from here, apart from the transactions. */
const FIRST_ADDED_NUMBER = 2 ** 47;
const NO_FOLLOWERS: readonly Follower[] = [];
const UNUSABLE = { role: 'unusable', lines: 0, conflictingLines: 0, followers: NO_FOLLOWERS } as const;

/** Writes the messages: of each transaction its own, with the faults that are in its content, and those that follow. */
export class Composer {
  readonly #options: SyntheticOptions;
  readonly #truth: GroundTruth;
  readonly #random: Random;
  /** Identities have chances of their own, so that a transaction has the same one with and without faults. */
  readonly #identityRandom: Random;
  readonly #writer = new TransactionWriter();
  /** A copy, to change as a fault demands: the trade goes on with the transaction as it was. */
  readonly #draft = new Draft();
  #transactions = 0;
  #added = 0;
  #malformed = 0;
  #brokenEntries = 0;
  /** Transactions that should have had an item twice but had none to split. */
  #owedTwice = 0;

  constructor(options: SyntheticOptions, truth: GroundTruth, random: Random) {
    this.#options = options;
    this.#truth = truth;
    this.#random = random;
    this.#identityRandom = new Random(options.seed, RANDOM_STREAMS.identities);
  }

  original(transaction: Draft): Message {
    const { sameItemTwice, brokenEntry, fastTill } = this.#options.faults;
    const draft = this.#draft;
    draft.copyFrom(transaction);
    if (draft.storeId === FIRST_PHYSICAL_STORE_ID && this.#random.chance(fastTill)) {
      draft.dateTimeMs += FAST_TILL_MS;
      this.#truth.fastTill++;
    }
    const broken = this.#random.chance(brokenEntry)
      ? BROKEN_ENTRIES[this.#brokenEntries++ % BROKEN_ENTRIES.length]
      : undefined;
    if (this.#random.chance(sameItemTwice)) this.#owedTwice++;
    const additions = { twice: this.#itemToSplit(), entries: broken?.entries };
    const transId = this.#transId(this.#identityRandom, ++this.#transactions);
    const value = this.#writer.write(transId, draft, additions);
    const lone: Message = {
      role: 'original',
      key: transactionKey(value),
      value,
      lines: draft.count,
      conflictingLines: 0,
      rules: broken?.rules ?? [],
      followers: NO_FOLLOWERS,
    };
    const followers = this.#followers(lone, transId);
    return followers === NO_FOLLOWERS ? lone : { ...lone, followers };
  }

  /** Records that come on top of the transaction and cannot count; mostly none. */
  unusable(transaction: Draft): readonly Message[] {
    const { malformed, unknownStore, unknownChangeType } = this.#options.faults;
    const messages: Message[] = [];
    if (this.#random.chance(unknownStore)) {
      // A store that has opened, and is not in the reference data yet.
      const storeId = this.#options.stores;
      messages.push(this.#unknown(transaction, { storeId, changeTypeId: CHANGE_TYPES.sale }, 'unknown_store'));
    }
    if (this.#random.chance(unknownChangeType)) {
      const known = { storeId: FIRST_PHYSICAL_STORE_ID, changeTypeId: UNKNOWN_CHANGE_TYPE_ID };
      messages.push(this.#unknown(transaction, known, 'unknown_change_type'));
    }
    if (this.#random.chance(malformed)) messages.push(this.#broken(transaction.dateTimeMs));
    return messages;
  }

  #itemToSplit(): number {
    if (this.#owedTwice === 0) return -1;
    const { count, quantities } = this.#draft;
    const index = quantities.subarray(0, count).findIndex((quantity) => Math.abs(quantity) >= 2);
    if (index < 0) return -1;
    this.#owedTwice--;
    this.#truth.sameItemTwice++;
    return index;
  }

  #followers(original: Message, transId: TransId): readonly Follower[] {
    const isRepeated = this.#random.chance(this.#options.faults.nearDuplicate);
    const isContradicted = this.#random.chance(this.#options.faults.conflict);
    if (!isRepeated && !isContradicted) return NO_FOLLOWERS;
    const followers: Follower[] = [];
    if (isRepeated) {
      this.#truth.nearDuplicates++;
      const after = 1 + this.#random.below(NEAR_TRANSACTIONS);
      followers.push({ message: detached({ ...original, role: 'duplicate' }), after });
    }
    if (isContradicted) {
      const after = 1 + this.#random.below(CONFLICT_TRANSACTIONS);
      followers.push({ message: detached(this.#contradiction(transId)), after });
    }
    return followers;
  }

  /** One thing is another: the time, the store, the kind, or the quantity of one item, whose other lines stay copies. */
  #contradiction(transId: TransId): Message {
    const draft = this.#draft;
    const choice = this.#random.below(4);
    if (choice === 0) draft.dateTimeMs += 1000;
    else if (choice === 1) draft.storeId = (draft.storeId + 1) % this.#options.stores;
    else if (choice === 2)
      draft.changeTypeId = draft.changeTypeId === CHANGE_TYPES.sale ? CHANGE_TYPES.return : CHANGE_TYPES.sale;
    else draft.quantities[0] = draft.quantities[0]! + 1;
    const value = this.#writer.write(transId, draft);
    return {
      role: 'conflict',
      key: transactionKey(value),
      value,
      lines: draft.count,
      conflictingLines: choice === 3 ? 1 : draft.count,
      rules: ['conflicting_duplicate'],
      followers: NO_FOLLOWERS,
    };
  }

  #unknown(
    transaction: Draft,
    place: { storeId: number; changeTypeId: number },
    rule: 'unknown_store' | 'unknown_change_type',
  ): Message {
    const draft = this.#draft;
    draft.copyFrom(transaction);
    Object.assign(draft, place);
    const value = this.#writer.write(this.#transId(this.#random, FIRST_ADDED_NUMBER + this.#added++), draft);
    return { ...UNUSABLE, key: transactionKey(value), value, rules: [rule] };
  }

  #broken(dateTimeMs: number): Message {
    const kind = MALFORMED_KINDS[this.#malformed++ % MALFORMED_KINDS.length]!;
    const value = kind.value({
      trans_id: `"BROKEN-${this.#malformed}"`,
      store_id: String(FIRST_PHYSICAL_STORE_ID),
      date_time: `"${formatDateTime(dateTimeMs)}"`,
      change_type_id: String(CHANGE_TYPES.sale),
      items: '[{"item_id":100001,"quantity":-1}]',
    });
    return { ...UNUSABLE, key: messageKey(value, 'trans_id'), value, rules: kind.rules };
  }

  #transId(random: Random, number: number): TransId {
    const chance = random.uint32();
    return { chance, moreChance: random.uint32(), number };
  }
}
