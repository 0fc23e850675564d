import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { INVENTORY_CHANGE_TOPIC, parseChangeTypes, parseItems, parseStores } from '@tillstream/inventory';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { GeneratorError } from '../errors.ts';
import type { Step } from '../source.ts';
import { judge, timeOf } from '../testing/judge.ts';
import { countable, NaiveRecount } from '../testing/naive-recount.ts';
import type { GroundTruth } from './ground-truth.ts';
import { MALFORMED_KINDS } from './malformed.ts';
import { DEMO_FAULTS, NO_FAULTS, type SyntheticOptions } from './options.ts';
import { writeReferenceData } from './reference-data.ts';
import { syntheticSource } from './synthetic-source.ts';

// Seconds of work, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

const NOW_MS = Date.UTC(2026, 10, 1);
const SMALL: Partial<SyntheticOptions> = { transactions: 8000, stores: 6, items: 50, days: 10 };
const WORLD = { nowMs: NOW_MS, stores: 6 };

function hashOf(steps: Iterable<Step>): string {
  const hash = createHash('sha256');
  for (const step of steps) {
    const parts = step.kind === 'record' ? [step.topic, step.key, step.value] : [step.path, step.content];
    for (const part of [...parts, String(step.simulatedTime)]) hash.update(part ?? 'null').update('\0');
  }
  return hash.digest('hex');
}

const isChange = (step: Step): boolean => step.kind === 'record' && step.topic === INVENTORY_CHANGE_TOPIC.name;

function recount(options: Partial<SyntheticOptions>): {
  recount: NaiveRecount;
  truth: GroundTruth;
  inventory: Map<string, number>;
} {
  const source = syntheticSource(options);
  const naive = new NaiveRecount({ nowMs: NOW_MS, stores: options.stores! });
  let time = 0;
  for (const step of source.steps()) {
    expect(step.simulatedTime).toBeGreaterThanOrEqual(time);
    time = step.simulatedTime;
    naive.add(step);
  }
  const keys = [...source.currentInventory()];
  const inventory = new Map(keys.map(({ storeId, itemId, quantity }) => [`${storeId}|${itemId}`, quantity]));
  return { recount: naive, truth: source.truth, inventory };
}

describe('the steps', () => {
  it('are the same bytes for the same options, on any machine', () => {
    const source = syntheticSource(SMALL);
    expect(hashOf(source.steps())).toBe(hashOf(source.steps()));
    expect(hashOf(source.steps())).toMatchInlineSnapshot(
      `"a22a337fca020789f407671a406e3afc8b8ffa4ceacc029750a47e4a6932c4c2"`,
    );
    expect(source.id).toMatchInlineSnapshot(`"syn-ee6be2a8"`);
  });

  it('are others, with another id, for another seed or share', () => {
    const variants = [
      {},
      { seed: 2 },
      { stores: 7 },
      { faults: { ...DEMO_FAULTS, late: 0.03 } },
      { countsAs: 'records' },
    ] as const;
    const sources = variants.map((variant) => syntheticSource({ ...SMALL, ...variant }));
    expect(new Set(sources.map(({ id }) => id)).size).toBe(variants.length);
    expect(new Set(sources.map((source) => hashOf(source.steps()))).size).toBe(variants.length);
  });

  it('name the topics that they use', () => {
    for (const countsAs of ['files', 'records'] as const) {
      const source = syntheticSource({ ...SMALL, countsAs });
      const used = new Set([...source.steps()].flatMap((step) => (step.kind === 'record' ? [step.topic] : [])));
      expect(new Set(source.topics)).toEqual(used);
    }
  });
});

describe('the ground truth', () => {
  const faultHeavy = {
    ...DEMO_FAULTS,
    nearDuplicate: 0.1,
    farDuplicate: 0.1,
    late: 0.1,
    outOfOrder: 0.2,
    malformed: 0.1,
    brokenEntry: 0.05,
    unknownStore: 0.05,
    unknownChangeType: 0.05,
    conflict: 0.1,
    sameItemTwice: 0.1,
  };

  it.each([
    ['demo faults', { ...SMALL, faults: DEMO_FAULTS }],
    ['many faults', { ...SMALL, faults: faultHeavy, countsAs: 'records' }],
    ['no faults', { ...SMALL, faults: NO_FAULTS, countEveryDays: 0 }],
  ] as const)('is what an independent count finds: %s', (_name, options) => {
    const { recount: naive, truth, inventory } = recount(options);
    expect(countable(truth)).toEqual(naive.truth);
    expect(truth.transactions).toBe(naive.transIds.size);
    expect(truth.transactions).toBe(options.transactions);
    expect(inventory).toEqual(naive.currentInventory());
  });

  it('holds for any options', () => {
    const options = fc.record({
      seed: fc.maxSafeNat(),
      transactions: fc.nat(300),
      stores: fc.integer({ min: 2, max: 5 }),
      items: fc.integer({ min: 1, max: 8 }),
      days: fc.integer({ min: 1, max: 9 }),
      countEveryDays: fc.nat(4),
      countsAs: fc.constantFrom('files', 'records'),
      bopisShare: fc.constantFrom(0, 0.3, 1),
    });
    const property = fc.property(options, (chosen) => {
      const { recount: naive, truth, inventory } = recount({ ...chosen, faults: faultHeavy });
      expect(countable(truth)).toEqual(naive.truth);
      expect(truth.transactions).toBe(chosen.transactions);
      expect(inventory).toEqual(naive.currentInventory());
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('is right at any moment, not just at the end', () => {
    const source = syntheticSource({ ...SMALL, transactions: 500, faults: faultHeavy });
    const naive = new NaiveRecount(WORLD);
    for (const step of source.steps()) {
      naive.add(step);
      expect(countable(source.truth)).toEqual(naive.truth);
    }
    expect(source.truth.transactions).toBe(500);
  });

  it('says how often each fault was made: about as often as asked', () => {
    const { truth } = recount({ ...SMALL, transactions: 20_000, faults: DEMO_FAULTS });
    const share = (count: number | undefined): number => (count ?? 0) / truth.transactions;
    expect(share(truth.nearDuplicates)).toBeCloseTo(0.03, 2);
    expect(share(truth.farDuplicates)).toBeCloseTo(0.02, 2);
    expect(share(truth.late)).toBeCloseTo(0.02, 2);
    expect(share(truth.outOfOrder)).toBeCloseTo(0.05, 2);
    expect(share(truth.sameItemTwice)).toBeCloseTo(0.02, 2);
    expect(share(truth.conflictingRecords)).toBeCloseTo(0.002, 3);
    expect(share(truth.quarantinedByRule['unknown_store'])).toBeCloseTo(0.001, 3);
    expect(share(truth.quarantinedByRule['unknown_change_type'])).toBeCloseTo(0.001, 3);
    const others = truth.records - truth.transactions - truth.nearDuplicates - truth.farDuplicates;
    expect(share(others)).toBeCloseTo(0.005 + 0.002 + 0.001 + 0.001, 2);
  });
});

describe('faults', () => {
  it('leave the stock as it is without them', () => {
    const faulty = recount({ ...SMALL, faults: DEMO_FAULTS });
    const clean = recount({ ...SMALL, faults: NO_FAULTS });
    expect(faulty.inventory).toEqual(clean.inventory);
    expect(faulty.recount.transIds).toEqual(clean.recount.transIds);
    expect(faulty.truth.lines).toBe(clean.truth.lines);
  });

  it('break the rules that they are said to break, each kind its own', () => {
    const sound = {
      trans_id: '"T-1"',
      store_id: '1',
      date_time: '"2026-01-31T10:15:00.000Z"',
      change_type_id: '1',
      items: '[{"item_id":100001,"quantity":-1}]',
    };
    for (const { rules, value } of MALFORMED_KINDS) {
      const bytes = value(sound);
      expect([bytes?.toString('latin1'), [...judge(bytes, WORLD).rules].toSorted()]).toEqual([
        bytes?.toString('latin1'),
        [...rules].toSorted(),
      ]);
      expect(judge(bytes, WORLD).lines).toEqual([]);
    }
    expect(MALFORMED_KINDS.length).toBeGreaterThan(30);
  });

  it('send broken records under keys of their own', () => {
    const source = syntheticSource({ ...SMALL, faults: { ...NO_FAULTS, malformed: 1 } });
    const sound = new Set<string>();
    const broken = new Set<string | undefined>();
    for (const step of source.steps()) {
      if (step.kind !== 'record') continue;
      const isSound = judge(step.value, WORLD).lines.length > 0;
      if (isSound) sound.add(step.key!.toString('latin1'));
      else broken.add(step.key?.toString('latin1'));
      expect(step.key === null).toBe((step.value?.length ?? 0) === 0);
    }
    expect([...broken].filter((key) => key !== undefined && sound.has(key))).toEqual([]);
  });

  it('include late transactions that come after a count that they precede', () => {
    const source = syntheticSource({ ...SMALL, faults: { ...NO_FAULTS, late: 0.05 } });
    const lastCountMs = new Map<number, number>();
    let overtaken = 0;
    for (const step of source.steps()) {
      if (step.kind === 'countFile') lastCountMs.set(Number(step.path.split('_')[2]), step.simulatedTime);
      else {
        const { store_id, date_time } = JSON.parse(step.value!.toString());
        if (timeOf(date_time) < lastCountMs.get(store_id)!) overtaken++;
      }
    }
    expect(overtaken).toBeGreaterThan(20);
  });

  it('include a till three hours fast in one store', () => {
    const source = syntheticSource({ ...SMALL, faults: { ...NO_FAULTS, fastTill: 0.25 } });
    const fastInStore = new Map<number, number>();
    for (const step of source.steps()) {
      if (step.kind === 'countFile') continue;
      const { store_id, date_time } = JSON.parse(step.value!.toString());
      const aheadMs = timeOf(date_time) - step.simulatedTime;
      expect([0, 3 * 3_600_000]).toContain(aheadMs);
      if (aheadMs > 0) fastInStore.set(store_id, (fastInStore.get(store_id) ?? 0) + 1);
    }
    expect([...fastInStore]).toEqual([[1, source.truth.fastTill]]);
    expect(source.truth.fastTill).toBeGreaterThan(100);
  });
});

describe('the trade', () => {
  it('books a pick-up in both stores under two ids', () => {
    const source = syntheticSource({ ...SMALL, transactions: 2000, faults: NO_FAULTS });
    const pickups = [...source.steps()]
      .flatMap((step) => (step.kind === 'record' ? [JSON.parse(step.value!.toString())] : []))
      .filter(({ change_type_id }) => change_type_id === 4);
    expect(pickups.length).toBeGreaterThan(50);
    for (let index = 0; index + 1 < pickups.length; index += 2) {
      const [online, store] = [pickups[index], pickups[index + 1]];
      expect(online.store_id).toBe(0);
      expect(store.store_id).not.toBe(0);
      expect(store.items).toEqual(online.items);
      expect(store.trans_id).not.toBe(online.trans_id);
    }
  });

  it('sells every kind of change, skewed to some stores and items, and sells out of nothing', () => {
    const options = { transactions: 50_000, stores: 10, items: 100, faults: NO_FAULTS, countsAs: 'records' } as const;
    const types = new Map<number, number>();
    const stores = new Map<number, number>();
    const items = new Map<number, number>();
    const source = syntheticSource(options);
    for (const step of source.steps()) {
      if (!isChange(step) || step.kind !== 'record') continue;
      const document = JSON.parse(step.value!.toString());
      types.set(document.change_type_id, (types.get(document.change_type_id) ?? 0) + 1);
      stores.set(document.store_id, (stores.get(document.store_id) ?? 0) + 1);
      if (document.store_id === 1)
        for (const { item_id } of document.items) items.set(item_id, (items.get(item_id) ?? 0) + 1);
    }
    expect(new Set(types.keys())).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(stores.get(1)! / stores.get(9)!).toBeGreaterThan(3);
    const byVolume = [...items.values()].toSorted((a, b) => b - a);
    expect(byVolume[0]! / byVolume[50]!).toBeGreaterThan(5);
    for (const { quantity } of source.currentInventory()) expect(quantity).toBeGreaterThan(-20);
  });
});

describe('options', () => {
  it.each([
    { stores: 1 },
    { items: 0 },
    { transactions: 1.5 },
    { seed: -1 },
    { days: 0 },
    { bopisShare: 2 },
    { faults: { ...NO_FAULTS, late: -1 } },
  ])('refuses %j', (options) => {
    expect(() => syntheticSource(options)).toThrow(GeneratorError);
  });
});

describe('writeReferenceData', () => {
  it('writes files that the reference reader takes, for just these stores and items', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'generator-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await writeReferenceData(folder, { stores: 3, items: 5 });
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(parseStores(text('store.txt'), 'store.txt').map(({ name }) => name)).toEqual([
      'online',
      'store_001',
      'store_002',
    ]);
    expect(parseItems(text('item.txt'), 'item.txt').map(({ item_id }) => item_id)).toEqual([
      100001, 100002, 100003, 100004, 100005,
    ]);
    const types = parseChangeTypes(text('inventory_change_type.txt'), 'inventory_change_type.txt');
    expect(Object.fromEntries(types.map((row) => [row.change_type, row.change_type_id]))).toEqual({
      sale: 1,
      shrink: 2,
      restock: 3,
      bopis: 4,
      return: 5,
      snapshot: -1,
    });
  });
});
