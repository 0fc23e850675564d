import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planSchedule, runName } from './plan.ts';
import type { ScheduleInput } from './schedule.ts';

const at = (time: string): number => Date.parse(`2026-11-02T${time}Z`);

/** Every quarter of an hour; created at midnight, nothing started yet. */
function input(changes: Partial<ScheduleInput> = {}, schedule: Partial<ScheduleInput['schedule']> = {}): ScheduleInput {
  return {
    atMs: at('10:15:03'),
    pipeline: 'inventory',
    schedule: {
      cron: '*/15 * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 300,
      ...schedule,
    },
    suspended: false,
    createdAtMs: at('00:00'),
    lastScheduledAtMs: at('10:00'),
    unfinishedRuns: [],
    ...changes,
  };
}

const due = { name: runName('inventory', at('10:15')), scheduledAtMs: at('10:15') };

test('the run that is due is started under the name of its time', () => {
  expect(planSchedule(input())).toEqual({
    cancel: [],
    start: due,
    missed: undefined,
    lastScheduledAtMs: at('10:15'),
    nextAtMs: at('10:30'),
  });
  expect(due.name).toBe('inventory-29893575');
});

test('nothing is due between two times', () => {
  const plan = planSchedule(input({ atMs: at('10:14:59') }));
  expect(plan).toEqual({ cancel: [], lastScheduledAtMs: at('10:00'), nextAtMs: at('10:15') });
});

test('planned again before the time was kept, it is the same run', () => {
  const unfinishedRuns = [{ name: due.name }];
  for (const concurrencyPolicy of ['Forbid', 'Replace'] as const) {
    expect(planSchedule(input({ unfinishedRuns }, { concurrencyPolicy }))).toMatchObject({ start: due, cancel: [] });
  }
});

describe('runs that were missed', () => {
  test('of several only the latest is started, and the others are told of', () => {
    const plan = planSchedule(input({ lastScheduledAtMs: at('09:00') }));
    expect(plan.start).toEqual(due);
    expect(plan.missed).toEqual({ why: 'Superseded', message: expect.stringContaining('4 runs') });
  });

  test('after the deadline none is started, and it is told once', () => {
    const late = input({ atMs: at('10:20:01') });
    const plan = planSchedule(late);
    expect(plan.start).toBeUndefined();
    expect(plan.missed?.why).toBe('TooLate');
    const again = planSchedule({ ...late, lastScheduledAtMs: plan.lastScheduledAtMs });
    expect(again).toMatchObject({ cancel: [], lastScheduledAtMs: at('10:15') });
    expect(again.missed).toBeUndefined();
  });

  test('to the second of the deadline it is started', () => {
    expect(planSchedule(input({ atMs: at('10:20:00') })).start).toEqual(due);
  });

  test('more than a hundred are not counted', () => {
    const plan = planSchedule(input({ createdAtMs: 0, lastScheduledAtMs: undefined }, { cron: '* * * * *' }));
    expect(plan.start?.scheduledAtMs).toBe(at('10:15'));
    expect(plan.missed?.message).toContain('more than 100 runs');
  });

  test('none from before the pipeline was made', () => {
    const plan = planSchedule(input({ lastScheduledAtMs: undefined, createdAtMs: at('10:14') }));
    expect(plan.start).toEqual(due);
    expect(plan.missed).toBeUndefined();
    expect(planSchedule(input({ lastScheduledAtMs: undefined, createdAtMs: at('10:15:01') })).start).toBeUndefined();
  });

  test('none from before the schedule was changed', () => {
    const plan = planSchedule(input({ lastScheduledAtMs: at('09:00'), changedAtMs: at('10:15:01') }));
    expect(plan.start).toBeUndefined();
    expect(plan.missed).toBeUndefined();
  });
});

describe('a run that is due while another is active', () => {
  const unfinishedRuns = [{ name: 'inventory-1' }];

  test('Forbid leaves it out for good', () => {
    const plan = planSchedule(input({ unfinishedRuns }));
    expect(plan).toMatchObject({ cancel: [], missed: { why: 'RunActive' }, lastScheduledAtMs: at('10:15') });
    const later = planSchedule(input({ atMs: at('10:16'), lastScheduledAtMs: plan.lastScheduledAtMs }));
    expect(later.start).toBeUndefined();
  });

  test('Replace cancels the other', () => {
    expect(planSchedule(input({ unfinishedRuns }, { concurrencyPolicy: 'Replace' }))).toMatchObject({
      cancel: ['inventory-1'],
      start: due,
    });
  });

  test('a run past its deadline is not active', () => {
    const overdue = [{ name: 'inventory-1', deadlineAtMs: at('10:15') }];
    expect(planSchedule(input({ unfinishedRuns: overdue })).start).toEqual(due);
    const withinDeadline = [{ name: 'inventory-1', deadlineAtMs: at('10:16') }];
    expect(planSchedule(input({ unfinishedRuns: withinDeadline })).start).toBeUndefined();
  });
});

test('a suspended pipeline starts nothing and has no next run', () => {
  expect(planSchedule(input({ suspended: true }))).toEqual({ cancel: [], lastScheduledAtMs: at('10:00') });
});

test('whenever it is asked, every due time is started once, in order, or told as missed', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 40 * 60 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 15, max: 2000 }), (gapSeconds, startingDeadlineSeconds) => {
      let now = input({ atMs: at('10:00') }, { startingDeadlineSeconds });
      const started: number[] = [];
      for (const seconds of gapSeconds) {
        const before = now.lastScheduledAtMs!;
        now = { ...now, atMs: now.atMs + seconds * 1000 };
        const { start, lastScheduledAtMs, missed } = planSchedule(now);
        if (start !== undefined) started.push(start.scheduledAtMs);
        const passed = Math.floor(now.atMs / 900_000) - Math.floor(before / 900_000);
        expect(passed).toBe((start === undefined ? 0 : 1) + (missed === undefined ? 0 : missedRuns(missed.message)));
        now = { ...now, lastScheduledAtMs };
      }
      expect(started).toEqual([...new Set(started)].toSorted((a, b) => a - b));
    }),
  );
});

function missedRuns(message: string): number {
  return message.startsWith('the run') ? 1 : Number(/(\d+) runs? /.exec(message)![1]);
}
