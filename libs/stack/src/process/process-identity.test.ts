import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endsWithin, identify, isRunning } from './process-identity.ts';

test('a process is itself until it ends, and nobody else with its id is', async () => {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const identity = identify(child.pid as number);
  if (identity === undefined) throw new Error('a running process has no identity');
  expect(isRunning(identity)).toBe(true);
  expect(isRunning({ ...identity, startedAt: 'another time' })).toBe(false);
  expect(await endsWithin(identity, 0)).toBe(false);
  child.stdin.end();
  expect(await endsWithin(identity, 30_000)).toBe(true);
  expect(identify(identity.pid)).toBeUndefined();
});
