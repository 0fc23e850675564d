import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@tillstream/stack';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ClusterTools, clusterTools } from '../binaries/kubectl-and-helm.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
let plane: ControlPlane;
let tools: ClusterTools;

beforeAll(async () => {
  tools = await clusterTools(console.log);
  plane = await startControlPlane({ folder, controllers: true });
});

afterAll(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true });
});

async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  return await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args]);
}

test('the admin may do everything, and it is Kubernetes', async () => {
  await kubectl(plane.kubeconfig, 'create', 'namespace', 'shop');
  expect(await kubectl(plane.kubeconfig, 'get', 'namespace', 'shop', '-o', 'name')).toBe('namespace/shop\n');
  expect(await kubectl(plane.kubeconfig, 'version')).toContain('Server Version: v1.36');
});

test('another user may do what a role allows, and nothing else', async () => {
  const reader = plane.kubeconfigFor({ name: 'reader', groups: ['readers'] });
  await expect(kubectl(reader, 'get', 'configmaps')).rejects.toThrow('cannot list resource "configmaps"');
  await kubectl(plane.kubeconfig, 'create', 'role', 'reads', '--verb=list', '--resource=configmaps');
  await kubectl(plane.kubeconfig, 'create', 'rolebinding', 'reads', '--role=reads', '--group=readers');
  // The API server hears of its own roles a little later.
  await vi.waitFor(async () => kubectl(reader, 'get', 'configmaps'), { timeout: 30_000 });
  await expect(kubectl(reader, 'get', 'secrets')).rejects.toThrow('cannot list resource "secrets"');
});

test('what was acknowledged outlives a killed API server, at the same address', async () => {
  await kubectl(plane.kubeconfig, 'create', 'configmap', 'kept');
  await plane.stopApiServer('kill');
  await expect(kubectl(plane.kubeconfig, 'get', 'configmaps')).rejects.toThrow('refused');
  await plane.startApiServer();
  expect(await kubectl(plane.kubeconfig, 'get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept\n');
});

test('controllers make what an object stands for, and end a namespace', async () => {
  await kubectl(plane.kubeconfig, 'create', 'namespace', 'short');
  await kubectl(plane.kubeconfig, 'create', 'deployment', 'till', '--image=none', '--namespace=short');
  const waitForPod = ['wait', '--for=create', 'pod', '--selector=app=till', '--timeout=60s', '--namespace=short'];
  expect(await kubectl(plane.kubeconfig, ...waitForPod)).toContain('condition met');
  await kubectl(plane.kubeconfig, 'delete', 'namespace', 'short', '--timeout=60s');
  await expect(kubectl(plane.kubeconfig, 'get', 'namespace', 'short')).rejects.toThrow('not found');
});
