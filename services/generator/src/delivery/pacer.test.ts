import { describe, expect, it } from 'vitest';

import { GeneratorError } from '../errors.ts';
import { createPacer, type Pacer } from './pacer.ts';

const DAY_MS = 86_400_000;

/** Times at which records go out until `endMs`; the sender is away during `absence`. */
function sendTimes(pacer: Pacer, endMs: number, absence = { from: -1, to: -1 }): number[] {
  const times: number[] = [];
  for (let elapsed = 0; elapsed < endMs;) {
    if (elapsed >= absence.from && elapsed < absence.to) elapsed = absence.to;
    const delay = pacer.delayMs(0, elapsed);
    if (delay === 0) times.push(elapsed);
    else elapsed += Math.max(1, Math.ceil(delay));
  }
  return times;
}

function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while (time - times[first]! >= windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe('rate', () => {
  it.each([3, 100, 2500, 100_000])('keeps %i records a second, smoothly', (recordsPerSecond) => {
    const times = sendTimes(createPacer({ kind: 'rate', recordsPerSecond }), 10_000);
    expect(Math.abs(times.length - recordsPerSecond * 10)).toBeLessThanOrEqual(1 + recordsPerSecond / 500);
    expect(mostWithin(times, 10)).toBeLessThanOrEqual(Math.max(1, recordsPerSecond * 0.02));
  });

  it('catches up at double rate after a short absence', () => {
    const pacer = createPacer({ kind: 'rate', recordsPerSecond: 1000 });
    const times = sendTimes(pacer, 2000, { from: 500, to: 900 });
    expect(times.length).toBeGreaterThanOrEqual(1999);
    expect(mostWithin(times, 10)).toBeLessThanOrEqual(20);
  });

  it('forgives all but a second of a long absence', () => {
    const pacer = createPacer({ kind: 'rate', recordsPerSecond: 1000 });
    const times = sendTimes(pacer, 80_000, { from: 1000, to: 61_000 });
    expect(Math.abs(times.length - (1000 + 1000 + 19_000))).toBeLessThan(50);
  });
});

describe('speed', () => {
  it('sends a simulated hour a second at 3600-fold speed', () => {
    const pacer = createPacer({ kind: 'speed', factor: 3600 });
    expect(pacer.delayMs(DAY_MS, 500)).toBe(0);
    expect(pacer.delayMs(DAY_MS + 3_600_000, 500)).toBe(1000);
    expect(pacer.delayMs(DAY_MS + 3_600_000, 1499)).toBe(1);
    expect(pacer.delayMs(DAY_MS + 3_600_000, 1500)).toBe(0);
  });

  it('passes over gaps of more than a week', () => {
    const pacer = createPacer({ kind: 'speed', factor: 1000 });
    expect(pacer.delayMs(0, 0)).toBe(0);
    expect(pacer.delayMs(100 * DAY_MS, 0)).toBe(0);
    expect(pacer.delayMs(101 * DAY_MS, 0)).toBe(86_400);
  });
});

describe('createPacer', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a rate of %d', (recordsPerSecond) => {
    expect(() => createPacer({ kind: 'rate', recordsPerSecond })).toThrow(GeneratorError);
    expect(() => createPacer({ kind: 'speed', factor: recordsPerSecond })).toThrow(GeneratorError);
  });
});
