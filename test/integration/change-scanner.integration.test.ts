import { DEMO_FAULTS, NO_FAULTS, syntheticSource, type FaultShares } from '@tillstream/generator';
import {
  ChangeLines,
  INVENTORY_CHANGE_TOPIC,
  parseChangePlainly,
  Rejections,
  scanChange,
  type Reference,
} from '@tillstream/inventory';
import { expect, test } from 'vitest';

import { EDGE_MESSAGES } from '../oracle/edge-messages.ts';
import { NOON, oddLog, REFERENCE } from '../oracle/odd-log.ts';

/** The scanner of transactions beside the plain parser, on messages that were thought of for others. */

type Message = { readonly value: Buffer; readonly timestamp: number };

class TwoReadings {
  readonly #reference: Reference;
  readonly #fast = new ChangeLines();
  readonly #plain = new ChangeLines();
  taken = 0;
  left = 0;

  constructor(reference: Reference) {
    this.#reference = reference;
  }

  /** Empty where both say the same, or the scanner says nothing. */
  differences({ value, timestamp }: Message): readonly string[] {
    const [fast, plain] = [this.#fast, this.#plain];
    fast.clear();
    plain.clear();
    const span = { record: 3, bytes: value, start: 0, end: value.length, timestamp };
    const [reference, byScanner, byParser] = [this.#reference, new Rejections(), new Rejections()];
    if (!scanChange(span, { reference, lines: fast, rejections: byScanner })) {
      this.left++;
      return fast.count + fast.arenaUsed + byScanner.byRecord.size === 0 ? [] : ['the scanner left something'];
    }
    this.taken++;
    parseChangePlainly(span, { reference, lines: plain, rejections: byParser });
    const same = textOf(fast, byScanner) === textOf(plain, byParser);
    return same ? [] : [`${value.toString()}: ${textOf(fast, byScanner)}, not ${textOf(plain, byParser)}`];
  }
}

function textOf(lines: ChangeLines, rejections: Rejections): string {
  const { count } = lines;
  const columns = [lines.record, lines.storeId, lines.itemId, lines.quantity, lines.changeTypeId, lines.dateTime];
  const rejected = [...rejections.byRecord].map(([record, { rules, lines: broken }]) => [
    record,
    [...rules],
    [...broken],
  ]);
  const transIds = Array.from({ length: count }, (_, line) => lines.transId(line));
  return JSON.stringify([
    columns.map((column) => [...column.subarray(0, count)]),
    transIds,
    [...lines.rescued],
    rejected,
  ]);
}

test('odd logs and the messages at the borders of every rule are read alike', () => {
  const { stores: storeNames, changeTypes } = REFERENCE;
  const readings = new TwoReadings({ storeNames, changeTypes, itemIds: new Set() });
  const odd = [1, 2, 3, 4].flatMap((seed) => oddLog(seed, 5000).map(({ value }) => value ?? Buffer.alloc(0)));
  const values = [...EDGE_MESSAGES.map((message) => Buffer.from(message)), ...odd];
  expect(values.flatMap((value) => readings.differences({ value, timestamp: NOON }))).toEqual([]);
  expect(readings.taken).toBeGreaterThan(300);
  expect(readings.left).toBeGreaterThan(2000);
});

const synthetic = (faults: FaultShares): TwoReadings => {
  const stores = 12;
  const storeNames = new Map(Array.from({ length: stores }, (_, id) => [id, `store ${id}`]));
  const changeTypes = new Map([1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => [id, `type ${id}`]));
  const readings = new TwoReadings({ storeNames, changeTypes, itemIds: new Set() });
  const differences: string[] = [];
  for (const step of syntheticSource({ transactions: 20_000, stores, faults }).steps()) {
    if (step.kind !== 'record' || step.topic !== INVENTORY_CHANGE_TOPIC.name || step.value === null) continue;
    differences.push(...readings.differences({ value: step.value, timestamp: step.simulatedTime }));
  }
  expect(differences).toEqual([]);
  return readings;
};

test('the scanner takes all that the generator sends without faults, and nearly all with them', () => {
  expect(synthetic(NO_FAULTS).left).toBe(0);
  const { taken, left } = synthetic(DEMO_FAULTS);
  expect(taken / (taken + left)).toBeGreaterThan(0.97);
  expect(left).toBeGreaterThan(100);
});
