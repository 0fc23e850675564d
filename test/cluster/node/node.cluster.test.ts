import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '@tillstream/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpsAnswers } from '../control-plane/https-answers.ts';
import { createIdentities } from '../control-plane/identities.ts';
import { clusterChoice } from '../e2e/choice.ts';
import { clusterDown } from './cluster-down.ts';
import { layoutOf } from './layout.ts';
import { type ClusterState, readState } from './state-file.ts';
import { processesOf, type Traces, tracesOf } from './traces.ts';

const WITHIN = { timeout: 60_000, interval: 200 };

describe.skipIf(clusterChoice().kind !== 'own')('a node on this machine', () => {
  const parent = mkdtempSync(join(tmpdir(), 'node-'));
  const folder = join(parent, 'cluster');
  let before: Traces;
  let holder: ChildProcess;
  let state: ClusterState;

  beforeAll(async () => {
    before = tracesOf(folder);
    const main = new URL('hold-main.ts', import.meta.url).pathname;
    const args = ['--conditions=@tillstream/source', main, folder];
    holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const text of holder.stdout ?? []) if (String(text).includes('ready')) break;
    state = readState(folder) as ClusterState;
  }, 300_000);

  afterAll(async () => {
    holder.kill('SIGKILL');
    await clusterDown(folder);
    rmSync(parent, { recursive: true });
  }, 60_000);

  function apiServer(): number | undefined {
    return processesOf(folder).find(({ command }) => command.includes('kubernetes kube-apiserver'))?.pid;
  }

  async function apiAnswers(): Promise<boolean> {
    const { authority } = createIdentities(layoutOf(folder).identities);
    return await httpsAnswers(`${state.url}/readyz`, authority.authority);
  }

  test('leaves the network, the mounts and the kernel settings of the machine alone', () => {
    const { mounts, interfaces, kernelSettings } = tracesOf(folder);
    expect({ mounts, interfaces, kernelSettings }).toEqual({
      mounts: before.mounts,
      interfaces: before.interfaces,
      kernelSettings: before.kernelSettings,
    });
  });

  test('starts a daemon again that was killed', async () => {
    expect(await apiAnswers()).toBe(true);
    const killed = apiServer() as number;
    process.kill(killed, 'SIGKILL');
    await expect.poll(apiServer, WITHIN).not.toBeOneOf([killed, undefined]);
    await expect.poll(apiAnswers, WITHIN).toBe(true);
  });

  test('ends with the process that started it, and down removes what is left', async () => {
    expect(
      processesOf(folder)
        .map(({ command }) => command)
        .join(),
    ).toContain('outside-relay-main');
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await expect.poll(() => isRunning(state), WITHIN).toBe(false);
    expect(await clusterDown(folder)).toBe(true);
    expect(tracesOf(folder)).toEqual(before);
    expect(await clusterDown(folder)).toBe(false);
  });
});
