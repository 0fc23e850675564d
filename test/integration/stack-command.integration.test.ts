import { stackDown, stackStatus, stackUp } from '@tillstream/stack';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const data = mkdtempSync(join(tmpdir(), 'stack-command-'));
const main = join(import.meta.dirname, '../../libs/stack/src/main.ts');

afterAll(async () => {
  await stackDown(data);
  rmSync(data, { recursive: true, force: true });
});

test('up starts four servers that outlive it, again what is gone and nothing twice; down ends them', async () => {
  expect(await stack('status')).toMatchObject({ code: 1 });
  const first = await stack('up');
  expect(first, first.text).toMatchObject({ code: 0 });
  const before = await pids();
  expect(before.every((pid) => pid !== undefined)).toBe(true);
  expect(await stack('status')).toMatchObject({ code: 0 });

  expect(await stack('up')).toMatchObject({ code: 0 });
  expect(await pids()).toEqual(before);
  const otherKafka = await stack('up', '--kafka', '3.9');
  expect(otherKafka).toMatchObject({ code: 2, text: expect.stringContaining('runs with Kafka 4.1, not 3.9') });

  const [kafka, nats, ...others] = before as [number, number, ...number[]];
  process.kill(nats, 'SIGKILL');
  await expect.poll(async () => (await stackStatus(data)).map(({ health }) => health)).toContain('gone');
  expect(await stack('status')).toMatchObject({ code: 1 });
  const lines: string[] = [];
  const repaired = await stackUp({ data }, (line) => lines.push(line));
  expect(lines).toEqual([expect.stringContaining(`nats: ${repaired.natsServer}`)]);
  const [, newNats] = await pids();
  expect(await pids()).toEqual([kafka, newNats, ...others]);
  expect(newNats).not.toBe(nats);

  expect((await stackDown(data)).map(({ outcome }) => outcome)).toEqual(Array(4).fill('stopped'));
  expect((await stackStatus(data)).map(({ health }) => health)).toEqual(Array(4).fill('absent'));
  expect(await stack('down')).toMatchObject({ code: 0 });
});

test('a missing prerequisite is one line with its remedy, and nothing was started', async () => {
  const { code, text } = await stackIn({ ...process.env, PATH: '/nowhere' }, 'up');
  expect(text).toMatch(/^stack: java is not on PATH: install Java 17 or newer .*\n$/);
  expect(code).toBe(2);
  expect(await pids()).toEqual([undefined, undefined, undefined, undefined]);
});

async function stack(...args: readonly string[]): Promise<{ code: number; text: string }> {
  return await stackIn(process.env, ...args);
}

async function stackIn(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<{ code: number; text: string }> {
  const command = ['--conditions=@tillstream/source', main, ...args, '--data', data];
  return await new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
}

async function pids(): Promise<(number | undefined)[]> {
  return (await stackStatus(data)).map(({ member }) => member?.pid);
}
