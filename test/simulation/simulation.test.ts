import { describe, expect, test } from 'vitest';
import { REGRESSION_SEEDS } from './regression-seeds.ts';
import { simulate } from './simulation.ts';

describe('a simulated day', () => {
  test('is the same whenever its seed is played', async () => {
    const [first, second] = [await simulate(20, { traced: true }), await simulate(20, { traced: true })];
    expect(first.trace.length).toBeGreaterThan(100);
    expect(second.trace).toEqual(first.trace);
  });

  test('spares no stage any misfortune', async () => {
    const told = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const { trace } = await simulate(seed, { traced: true });
      for (const line of trace) told.add(line.replaceAll(/\d+/g, 'N'));
    }
    const text = [...told].join('\n');
    const personal = ['is killed', 'loses contact', 'joins again', 'is asked to stop', 'ends: stopped', 'reads pos'];
    const events = [
      ...['bronze', 'silver', 'gold'].flatMap((stage) => personal.map((event) => `${stage}-N ${event}`)),
      'find changes',
      'look up',
      'goes back',
      'commit pos.silver.inventory/N@N is lost',
      'reference data grows',
      'not a member',
      'produce pos.silver.inventory/N (N) fails',
      'insert inventory_current (N) arrives',
    ];
    expect(events.filter((event) => !text.includes(event))).toEqual([]);
  });

  test.each(REGRESSION_SEEDS)('of seed $seed goes right ($found)', async ({ seed }) => {
    expect((await simulate(seed)).problems).toEqual([]);
  });
});
