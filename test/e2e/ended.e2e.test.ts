import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { start, temporaryFolder } from './support/run-demo.ts';

/** The demo itself, Kafka, ClickHouse, NATS, three stages and the generator. */
const PROCESSES = 8;

test('a distributed demo that is told to end leaves no server and no service behind', async () => {
  const args = ['--distributed', '--transactions', '1000000', '--rate', '100', '--data', temporaryFolder()];
  const { child, finished } = start('demo', args);
  await vi.waitUntil(() => runningOfGroup(child.pid!) >= PROCESSES, { timeout: 200_000 });
  child.kill('SIGTERM');
  expect(await finished).toMatchObject({ code: 130 });
  await vi.waitFor(() => expect(runningOfGroup(child.pid!)).toBe(0), { timeout: 30_000 });
});

/** Of a process group, those that run: one that nobody has waited for yet does not. */
function runningOfGroup(group: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(processGroup) === group && state !== 'Z';
    } catch {
      return false;
    }
  }).length;
}
