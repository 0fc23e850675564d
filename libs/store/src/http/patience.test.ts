import { describe, expect, it } from 'vitest';

import type { Work } from '../clickhouse/attempts.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import { Patience, type StoreWait } from './patience.ts';

/** Fails so many times, then succeeds with the number of its attempt. */
function failing(times: number, code: StoreErrorCode, kind: Work<number>['kind'] = 'insert'): Work<number> {
  let attempts = 0;
  return {
    doing: 'insert',
    kind,
    attempt: async () => {
      attempts += 1;
      if (attempts <= times) throw new StoreError(code, `attempt ${attempts}`);
      return attempts;
    },
  };
}

function patient() {
  const waits: StoreWait[] = [];
  return { waits, patience: new Patience({ onWait: (wait) => waits.push(wait), maxPauseMs: 5 }) };
}

describe('Patience', () => {
  it.each(['unreachable', 'not_ready', 'disk_full', 'out_of_memory', 'too_many_parts'] as const)(
    'repeats an insert for as long as it is %s',
    async (code) => {
      const { waits, patience } = patient();
      expect(await patience.run(failing(20, code))).toBe(21);
      expect(waits).toEqual([
        { code, reason: 'attempt 1', since: expect.any(Number), over: false },
        { code, reason: 'attempt 20', since: waits[0]?.since, over: true },
      ]);
    },
  );

  it.each(['bad_query', 'access_denied', 'other_version', 'closed', 'unknown'] as const)(
    'does not repeat what is %s',
    async (code) => {
      const { waits, patience } = patient();
      await expect(patience.run(failing(1, code))).rejects.toMatchObject({ code, message: 'attempt 1' });
      expect(waits).toEqual([]);
    },
  );

  it('repeats a query too, but not for ever when it may itself be too large', async () => {
    const { waits, patience } = patient();
    expect(await patience.run(failing(20, 'unreachable', 'query'))).toBe(21);
    await expect(patience.run(failing(20, 'out_of_memory', 'query'))).rejects.toMatchObject({ message: 'attempt 8' });
    expect(waits.map(({ over }) => over)).toEqual([false, true, false, true]);
  });

  it('does not repeat what people wrote', async () => {
    await expect(patient().patience.run(failing(1, 'unreachable', 'text'))).rejects.toThrow('attempt 1');
  });

  it('tells of one wait, however many wait, and of another reason', async () => {
    const { waits, patience } = patient();
    await Promise.all([
      patience.run(failing(3, 'unreachable')),
      patience.run(failing(6, 'unreachable')),
      patience.run(failing(5, 'unreachable')),
    ]);
    expect(waits.map(({ over }) => over)).toEqual([false, true]);
    let attempts = 0;
    await patience.run({
      doing: 'insert',
      kind: 'insert',
      attempt: async () => {
        attempts += 1;
        if (attempts < 5) throw new StoreError(attempts < 3 ? 'unreachable' : 'disk_full', `attempt ${attempts}`);
      },
    });
    expect(waits.slice(2).map(({ code, over }) => [code, over])).toEqual([
      ['unreachable', false],
      ['disk_full', false],
      ['disk_full', true],
    ]);
  });

  it('stops when it is ended, from within or without', async () => {
    const within = new Patience();
    const outer = new AbortController();
    const without = new Patience({ signal: outer.signal });
    const [first, second] = [within.run(failing(99, 'unreachable')), without.run(failing(99, 'unreachable'))];
    within.end();
    outer.abort();
    await expect(first).rejects.toMatchObject({ code: 'closed', message: 'gave up waiting: attempt 1' });
    await expect(second).rejects.toMatchObject({ code: 'closed' });
    // What needs no patience is still done.
    expect(await within.run(failing(0, 'unreachable'))).toBe(1);
  });
});
