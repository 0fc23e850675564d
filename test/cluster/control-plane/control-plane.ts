import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  httpAnswers,
  keptPorts,
  type OnProgress,
  type Server,
  type ServerCommand,
  startServer,
} from '@tillstream/stack';
import { goBinary } from '../binaries/go-binaries.ts';
import {
  ALONE,
  API_SERVER_HOSTS,
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  WITHOUT_CONTROLLERS,
} from './commands.ts';
import { httpsAnswers } from './https-answers.ts';
import { ADMIN, type ClusterUser, createIdentities, type Identities } from './identities.ts';

export type ControlPlaneOptions = {
  /** Data, ports, certificates and logs live here. Starting again with the same folder is the same cluster. */
  readonly folder: string;
  /** True runs the controller manager too: Deployments make pods, owned objects go with their owner, namespaces end. */
  readonly controllers?: boolean;
  readonly onProgress?: OnProgress;
};

/** An API server over etcd on 127.0.0.1, without a node: objects are real, and no pod ever runs. */
export type ControlPlane = {
  /** `https://127.0.0.1:port`, the same after a restart. */
  readonly url: string;
  /** The certificate authority in PEM. */
  readonly authority: string;
  /** The path of the kubeconfig of a user who may do everything. */
  readonly kubeconfig: string;
  /** The path of the kubeconfig of another user, who may do what role bindings allow and nothing else. */
  kubeconfigFor(user: ClusterUser): string;
  /** Ends the API server, by kill -9 when it is to be sudden. */
  stopApiServer(how: 'stop' | 'kill'): Promise<void>;
  /** Resolves when it answers again. */
  startApiServer(): Promise<void>;
  /** Ends all servers. The folder stays. */
  stop(): Promise<void>;
};

/** Starts etcd and the API server and resolves when it is ready. Throws a `StackError`; nothing runs then. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = resolve(options.folder);
  const onProgress = options.onProgress ?? (() => {});
  const binaries = { etcd: await goBinary('etcd', onProgress), kubernetes: await goBinary('kubernetes', onProgress) };
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(folder, { api: 0, etcd: 0, etcdPeer: 0, controllers: 0 });
  const servers = new Servers({ folder, binaries, ports, controllers: options.controllers ?? false });
  try {
    await servers.start();
  } catch (error) {
    await servers.stop();
    throw error;
  }
  const { url, identities } = servers;
  return {
    url,
    authority: identities.authority.authority,
    kubeconfig: identities.kubeconfig(ADMIN, url),
    kubeconfigFor: (user) => identities.kubeconfig(user, url),
    stopApiServer: (how) => servers.stopApiServer(how),
    startApiServer: () => servers.startApiServer(),
    stop: () => servers.stop(),
  };
}

type Setting = {
  readonly folder: string;
  readonly binaries: { readonly etcd: string; readonly kubernetes: string };
  readonly ports: {
    readonly api: number;
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly controllers: number;
  };
  readonly controllers: boolean;
};

class Servers {
  readonly url: string;
  readonly identities: Identities;
  readonly #setting: Setting;
  #etcd: Server | undefined;
  #apiServer: Server | undefined;
  #controllers: Server | undefined;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.url = `https://127.0.0.1:${setting.ports.api}`;
    this.identities = createIdentities(join(setting.folder, 'identities'));
  }

  async start(): Promise<void> {
    const { folder, binaries, ports } = this.#setting;
    this.#etcd = await startServer(
      this.#command('etcd', binaries.etcd, etcdArguments(join(folder, 'etcd'), ports)),
      async () => await httpAnswers(`http://127.0.0.1:${ports.etcd}/readyz`),
    );
    await this.startApiServer();
  }

  async startApiServer(): Promise<void> {
    const { binaries, ports, controllers } = this.#setting;
    const server = this.identities.server('kube-apiserver', API_SERVER_HOSTS);
    const settings = { identities: this.identities, server, etcdPort: ports.etcd, port: ports.api };
    const args = [...apiServerArguments(settings), ...ALONE, ...(controllers ? [] : WITHOUT_CONTROLLERS)];
    this.#apiServer = await startServer(this.#command('kube-apiserver', binaries.kubernetes, args), async () =>
      this.#answers(`${this.url}/readyz`),
    );
    if (controllers) await this.#startControllers();
  }

  /** The controllers go with it: they give up at the first answer of a server that does not know its roles yet. */
  async stopApiServer(how: 'stop' | 'kill'): Promise<void> {
    await this.#controllers?.kill();
    await this.#apiServer?.[how]();
  }

  async stop(): Promise<void> {
    await this.stopApiServer('stop');
    await this.#etcd?.stop();
  }

  async #startControllers(): Promise<void> {
    const { binaries, ports } = this.#setting;
    const kubeconfig = this.identities.kubeconfig({ name: 'system:kube-controller-manager' }, this.url);
    const server = this.identities.server('kube-controller-manager', []);
    const args = controllerManagerArguments({
      kubeconfig,
      identities: this.identities,
      server,
      port: ports.controllers,
    });
    this.#controllers = await startServer(
      this.#command('kube-controller-manager', binaries.kubernetes, args),
      async () => this.#answers(`https://127.0.0.1:${ports.controllers}/healthz`),
    );
  }

  async #answers(url: string): Promise<boolean> {
    return await httpsAnswers(url, this.identities.authority.authority);
  }

  #command(title: string, command: string, args: readonly string[]): ServerCommand {
    return { title, command, args, logFile: join(this.#setting.folder, `${title}.log`), detached: false };
  }
}
