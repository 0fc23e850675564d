import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { render } from '../../chart/support/helm.ts';
import { clusterTools } from '../../cluster/binaries/kubectl-and-helm.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane/control-plane.ts';
import { startApiProxy, type ApiProxy } from './api-proxy.ts';
import { Kubectl } from './kubectl.ts';
import { OperatorProcess } from './operator-process.ts';

const CRDS = fileURLToPath(new URL('../../../helm/tillstream/crds', import.meta.url));
const ROLE_KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];
/** As the chart names what it makes for a release of this name. */
const OPERATOR = 'shop-tillstream-operator';
const OPERATOR_USER = {
  name: `system:serviceaccount:default:${OPERATOR}`,
  groups: ['system:serviceaccounts', 'system:authenticated'],
};

/** The long variants of tests, by the hour. */
export const IS_SOAK = process.env['TILLSTREAM_SOAK'] === '1';
export const OPERATORS_LEASE = OPERATOR;

export const OF_OPERATOR = '--selector=app.kubernetes.io/managed-by=tillstream-operator';

/** What kubectl lists of one Pipeline. */
export function of(pipeline: string): string {
  return `--selector=tillstream.dev/pipeline=${pipeline}`;
}

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};

/** A real API server, and operators that may do there what the chart's roles allow, by way of a proxy. */
export type Bench = AsyncDisposable & {
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly api: ApiProxy;
  /** What the chart lets the operator do where Pipelines are. */
  readonly rules: readonly Rule[];
  /** Ends with the test. */
  operator(name: string): OperatorProcess;
  /** The same, but what ends by itself is started again, as a cluster does: an operator that loses its lease ends. */
  keptOperator(name: string): void;
  /** Makes a Pipeline that goes with the test. */
  withPipeline(object: PipelineObject): Promise<void>;
};

type PipelineObject = { readonly metadata: { readonly name: string }; readonly spec: object };

export async function startBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  const { kubectl: program } = await clusterTools(console.log);
  const plane = await startControlPlane({ folder: join(folder, 'plane'), controllers: true });
  const kubectl = new Kubectl(program, plane.kubeconfig);
  await kubectl.run('apply', '--server-side', '--filename', CRDS);
  const kinds = ['crd/pipelines.tillstream.dev', 'crd/pipelineruns.tillstream.dev'];
  await kubectl.run('wait', '--for=condition=Established', ...kinds);
  const rendered = await render({ namespace: 'default' });
  await kubectl.apply(...rendered.filter(({ kind }) => ROLE_KINDS.includes(kind)));
  const api = await startApiProxy(plane.kubeconfigFor(OPERATOR_USER), seeded(4711));
  const start = (name: string): OperatorProcess => {
    const kubeconfig = join(folder, `${name}.kubeconfig`);
    writeFileSync(kubeconfig, JSON.stringify(api.kubeconfigFor(name)));
    return new OperatorProcess({ name, deployment: OPERATOR, kubeconfig, logFile: join(folder, `${name}.log`) });
  };
  return {
    folder,
    plane,
    kubectl,
    api,
    rules: rendered.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.includes('-operator-'))!
      .rules!,
    operator(name) {
      const one = start(name);
      onTestFinished(async () => one[Symbol.asyncDispose]());
      return one;
    },
    keptOperator(name) {
      let one = start(name);
      let isOver = false;
      const keep = async (): Promise<void> => {
        for (;;) {
          await one.ended;
          if (isOver) return;
          one = start(name);
        }
      };
      const kept = keep();
      onTestFinished(async () => {
        isOver = true;
        await one[Symbol.asyncDispose]();
        await kept;
      });
    },
    async withPipeline(object) {
      await kubectl.apply(object);
      onTestFinished(async () => {
        await kubectl.run('delete', 'pipeline', object.metadata.name, '--ignore-not-found', '--wait=false');
      });
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await plane.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export const until = async (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 110_000, interval: 500 });

export function pipelineOf<Spec extends object>(name: string, spec: Spec) {
  return {
    apiVersion: 'tillstream.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name, namespace: 'default' },
    spec,
  };
}

export function runOf(pipeline: string, name: string, type: string) {
  return {
    apiVersion: 'tillstream.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name, namespace: 'default' },
    spec: { pipeline, type },
  };
}

/** Nobody is at these addresses, and no two Pipelines have the same. */
export function unreachable(name: string, index: number) {
  return pipelineOf(name, {
    kafka: { brokers: [`127.0.0.2:${20_000 + index}`] },
    clickhouse: { url: `http://127.0.0.2:${40_000 + index}` },
  });
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
