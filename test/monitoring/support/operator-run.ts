import { freePort, startPrometheus, type PrometheusServer } from '@tillstream/stack';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clusterTools } from '../../cluster/binaries/kubectl-and-helm.ts';
import { startControlPlane } from '../../cluster/control-plane/control-plane.ts';
import { startApiProxy, type ApiProxy } from '../../orchestrator/support/api-proxy.ts';
import { Kubectl } from '../../orchestrator/support/kubectl.ts';
import { OperatorProcess } from '../../orchestrator/support/operator-process.ts';
import { PodsAsProcesses, type Workload } from '../../orchestrator/support/pods-as-processes.ts';
import { startServers, type Servers } from '../../orchestrator/support/servers.ts';

const CRDS = fileURLToPath(new URL('../../../helm/tillstream/crds', import.meta.url));
const LOOK_MS = 1000;
const BREAK_EVERY_LOOKS = 20;

type Deployment = Workload & {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly observedGeneration?: number };
};

/** An operator with a pipeline that wants more pods than it may have, and one whose servers are away. */
export class OperatorRun implements AsyncDisposable {
  readonly prometheus: PrometheusServer;
  readonly operatorPort: number;
  readonly #open: AsyncDisposableStack;

  private constructor(open: AsyncDisposableStack, prometheus: PrometheusServer, operatorPort: number) {
    this.#open = open;
    this.prometheus = prometheus;
    this.operatorPort = operatorPort;
  }

  static async start(): Promise<OperatorRun> {
    await using open = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'tillstream-operator-run-'));
    open.defer(() => rmSync(folder, { recursive: true, force: true }));
    // Without controllers nobody but this run says whether pods are ready.
    const plane = await startControlPlane({ folder: join(folder, 'plane') });
    open.defer(async () => plane.stop());
    const kubectl = new Kubectl((await clusterTools(() => undefined)).kubectl, plane.kubeconfig);
    await kubectl.run('apply', '--server-side', '--filename', CRDS);
    await kubectl.run('wait', '--for=condition=Established', 'crd/pipelines.tillstream.dev');
    // Now and then the API server fails it.
    const api = open.use(await startApiProxy(plane.kubeconfig, Math.random));
    api.rate = 0.05;
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(api.kubeconfigFor('operator')));
    const operatorPort = await freePort(0);
    const operator = open.use(new LastingOperator(kubeconfig, join(folder, 'operator.log'), operatorPort));
    await kubectl.apply(busyPipeline(await startServers(folder, open)), AWAY);
    const pods = open.use(new PodsAsProcesses(folder));
    const stop = new AbortController();
    const following = followUntil(stop.signal, { kubectl, pods, operator, api });
    open.defer(async () => {
      stop.abort();
      await following;
    });
    const scrape = [{ job: 'operator', port: operatorPort }];
    const prometheus = await startPrometheus({ folder: join(folder, 'prometheus'), scrape });
    open.defer(async () => prometheus.stop());
    return new OperatorRun(open.move(), prometheus, operatorPort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open[Symbol.asyncDispose]();
  }
}

function pipeline(name: string, spec: object): object {
  return { apiVersion: 'tillstream.dev/v1alpha1', kind: 'Pipeline', metadata: { name, namespace: 'default' }, spec };
}

/** Busier than it should be with next to nothing to do. */
function busyPipeline({ kafka, ...servers }: Servers): object {
  const scaling = { targetUtilizationPercent: 10, maxUtilizationPercent: 20, windowSeconds: 30, catchUpSeconds: 10 };
  const stage = { replicas: { min: 1, max: 1 }, scaling };
  const generator = { transactions: 1_000_000, stores: 4, items: 50, recordsPerSecond: 1000 };
  return pipeline('busy', {
    ...servers,
    kafka: { ...kafka, sessionTimeoutSeconds: 6 },
    stages: { generator, bronze: stage, silver: stage, gold: stage },
  });
}

/** Its first run waits for servers, so the next ones are missed. */
const AWAY = pipeline('away', {
  mode: 'Triggered',
  schedule: { cron: '* * * * *' },
  kafka: { brokers: ['127.0.0.2:20000'] },
  clickhouse: { url: 'http://127.0.0.2:40000' },
});

/** As Kubernetes does: an operator that ended, because it could not renew its lease in time, is started again. */
class LastingOperator implements AsyncDisposable {
  readonly #options: ConstructorParameters<typeof OperatorProcess>[0];
  #process: OperatorProcess;

  constructor(kubeconfig: string, logFile: string, healthPort: number) {
    this.#options = { name: 'operator', deployment: 'tillstream-operator', kubeconfig, logFile, healthPort };
    this.#process = new OperatorProcess(this.#options);
  }

  keepRunning(): void {
    if (this.#process.hasEnded) this.#process = new OperatorProcess(this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

type Cluster = {
  readonly kubectl: Kubectl;
  readonly pods: PodsAsProcesses;
  readonly operator: LastingOperator;
  readonly api: ApiProxy;
};

/** What controllers and a kubelet do: runs the pods as processes and says of Deployments that theirs are ready. */
async function followUntil(signal: AbortSignal, { kubectl, pods, operator, api }: Cluster): Promise<void> {
  const ofBusy = '--selector=tillstream.dev/pipeline=busy';
  for (let looks = 1; !signal.aborted; looks++) {
    if (looks % BREAK_EVERY_LOOKS === 0) api.breakConnections();
    operator.keepRunning();
    const deployments = await kubectl.list<Deployment>('deployments', ofBusy);
    const jobs = await kubectl.list<Workload>('jobs', ofBusy);
    await pods.follow([...deployments, ...jobs.map((job) => ({ ...job, spec: { ...job.spec, replicas: 1 } }))]);
    for (const { metadata, spec, status } of deployments) {
      if (status?.observedGeneration === metadata.generation) continue;
      const ready = { replicas: spec.replicas, updatedReplicas: spec.replicas, readyReplicas: spec.replicas };
      const patch = JSON.stringify({ status: { ...ready, observedGeneration: metadata.generation } });
      const how = ['--subresource=status', '--type=merge', `--patch=${patch}`];
      await kubectl.run('patch', 'deployment', metadata.name, ...how);
    }
    await sleep(LOOK_MS);
  }
}
