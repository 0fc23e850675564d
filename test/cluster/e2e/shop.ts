import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { writeReferenceData } from '@tillstream/generator';
import { Namespace } from './namespace.ts';
import { type OutsideServers, startOutsideServers } from './outside-servers.ts';
import { IMAGE, type TestCluster } from './test-cluster.ts';

const CHART = new URL('../../../helm/tillstream', import.meta.url).pathname;
const RELEASE = 'shop';
export const PIPELINE = 'inventory';
/** Of the operator's Deployment, and of its Lease. */
const OPERATOR = 'shop-tillstream-operator';
const RETAILER = { stores: 3, items: 20 };
/** Every store carries every item. */
export const INVENTORY_ROWS = RETAILER.stores * RETAILER.items;
const REFERENCE = 'reference';

const SMALL = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } };
/** Soon taken for busy, and quick to see that it has nothing to do. */
const SILVER = {
  scaling: {
    lagTargetSeconds: 2,
    catchUpSeconds: 10,
    targetUtilizationPercent: 10,
    maxUtilizationPercent: 20,
    windowSeconds: 30,
    scaleUpCooldownSeconds: 0,
    scaleDownStabilizationSeconds: 60,
  },
};

export type Stage = {
  readonly name: string;
  readonly readyReplicas: number;
  readonly desiredReplicas: number;
  readonly lastScaleReason?: string;
};
type Pipeline = {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas: number;
    readonly stages: readonly Stage[];
    readonly lastRun?: { readonly name: string; readonly result: string };
  };
};
type Lease = { readonly spec: { readonly holderIdentity: string } };
type LogLine = { readonly msg: string; readonly records: number; readonly skipped: number };

export type Load = {
  readonly generator: { readonly transactions: number; readonly recordsPerSecond?: number };
  /** Of the image; `dev` when not given. */
  readonly tag?: string;
  /** How many pods of silver there may be; 1 or 2 when not given. */
  readonly silver?: { readonly min: number; readonly max: number };
  readonly spec?: object;
};

/** A release of the chart in a namespace of its own, with one Pipeline that a generator sends to. */
export class Shop implements AsyncDisposable {
  readonly namespace: Namespace;
  readonly #cluster: TestCluster;
  readonly #folder: string;
  #servers: OutsideServers | undefined;

  /** Servers keep their data in the folder. */
  static async open(cluster: TestCluster, folder: string): Promise<Shop> {
    const shop = new Shop(cluster, folder, await cluster.restrictedNamespace());
    const reference = join(folder, REFERENCE);
    await writeReferenceData(reference, RETAILER);
    await shop.namespace.kubectl('create', 'configmap', REFERENCE, `--from-file=${reference}`);
    return shop;
  }

  private constructor(cluster: TestCluster, folder: string, namespace: string) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.namespace = new Namespace(cluster, namespace);
  }

  /** Those that the Pipeline uses now. */
  get servers(): OutsideServers {
    if (this.#servers === undefined) throw new Error('there are servers after the first load only');
    return this.#servers;
  }

  /** Installs the chart, and a Pipeline with it. */
  async install(load: Load): Promise<void> {
    await this.#useNewServers(async () => await this.#helm('install', load));
  }

  /** Another load on new servers: a topic is one generator's. */
  async load(load: Load): Promise<void> {
    await this.#useNewServers(async () => await this.upgrade(load));
  }

  async upgrade(load: Load): Promise<void> {
    await this.#helm('upgrade', load);
  }

  async test(): Promise<void> {
    await this.namespace.test(RELEASE);
  }

  async uninstall(): Promise<void> {
    await this.namespace.uninstall(RELEASE);
  }

  async pipeline(): Promise<Pipeline> {
    return await this.namespace.get<Pipeline>('pipeline', PIPELINE);
  }

  async silver(): Promise<Stage> {
    const { status } = await this.pipeline();
    return status.stages.find(({ name }) => name === 'silver-normalizer')!;
  }

  async leader(): Promise<string> {
    return (await this.namespace.get<Lease>('lease', OPERATOR)).spec.holderIdentity;
  }

  async untilReady(): Promise<void> {
    await this.namespace.kubectl('wait', `pipeline/${PIPELINE}`, '--for=condition=Ready', '--timeout=300s');
  }

  /** As many pods of each Deployment as it wants are there, and ready. */
  async untilRolledOut(): Promise<void> {
    for (const name of (await this.namespace.kubectl('get', 'deployments', '--output=name')).trim().split('\n')) {
      await this.namespace.kubectl('rollout', 'status', name, '--timeout=300s');
    }
  }

  /** How many records are the generator's that the Pipeline has now; undefined while it sends. */
  async sent(): Promise<number | undefined> {
    const { metadata, status } = await this.pipeline();
    if (status.observedGeneration !== metadata.generation) return undefined;
    const text = await this.namespace.kubectl('logs', componentIs('generator'), '--tail=-1');
    const lines = text.split('\n').filter((line) => line.startsWith('{'));
    const end = lines.map((line) => JSON.parse(line) as LogLine).find(({ msg }) => msg === 'sent');
    return end === undefined ? undefined : end.records + end.skipped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers?.[Symbol.asyncDispose]();
  }

  async #useNewServers(change: () => Promise<void>): Promise<void> {
    const before = this.#servers;
    this.#servers = await startOutsideServers(this.#cluster, mkdtempSync(join(this.#folder, 'servers-')));
    await change();
    await before?.[Symbol.asyncDispose]();
  }

  async #helm(command: 'install' | 'upgrade', load: Load): Promise<void> {
    const { tag = 'dev', generator, silver = { min: 1, max: 2 }, spec = {} } = load;
    const stages = { generator: { ...RETAILER, ...generator }, silver: { ...SILVER, replicas: silver } };
    const whole = { ...this.servers.spec, referenceData: { configMap: REFERENCE }, stages, ...spec };
    await this.namespace.helm(command, RELEASE, CHART, {
      image: { tag },
      watchNamespaces: [this.namespace.name],
      operator: { resources: SMALL },
      stages: { resources: SMALL },
      pipeline: { enabled: true, name: PIPELINE, spec: whole },
    });
  }
}

export function componentIs(component: string): string {
  return `--selector=app.kubernetes.io/component=${component}`;
}

export function imageWithTag(tag: string): string {
  return IMAGE.replace(/:[^:]*$/, `:${tag}`);
}
