import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, type OnProgress, requireTool, run, StackError } from '@tillstream/stack';

const SOURCES = new URL('../go/', import.meta.url).pathname;

/** Two compilers at once and behind everybody else: more take gigabytes each. */
const NICE = ['-n', '19'];
const GO_ENV = { GOFLAGS: '-p=2', CGO_ENABLED: '0' };

/** `kubernetes` takes the name of a daemon as its first argument: `kube-apiserver`, `kubelet` and so on. */
export type GoBinary = 'etcd' | 'kubernetes' | 'coredns' | 'pause';

const COSTS: Readonly<Record<GoBinary, string>> = {
  etcd: 'about a minute',
  kubernetes: 'about 10 minutes on two cores, and 4 GB of build cache',
  coredns: 'about a minute',
  pause: 'seconds',
};

/** The path of a binary that Go builds into the cache from modules pinned by their checksums. */
export async function goBinary(name: GoBinary, onProgress: OnProgress): Promise<string> {
  const modules = readFileSync(join(SOURCES, 'go.mod'), 'utf8');
  const flags = ['-trimpath', '-buildvcs=false', `-ldflags=${linkerFlags(modules)}`];
  const inputs = createHash('sha256').update(JSON.stringify([process.arch, flags, GO_ENV, modules]));
  for (const file of ['go.sum', join(name, 'main.go')]) inputs.update(readFileSync(join(SOURCES, file)));
  const folder = await cached(join('cluster', `${name}-${inputs.digest('hex').slice(0, 16)}`), async (unfinished) => {
    const go = requireTool('go');
    onProgress(`${name}: downloading its source and building it with Go (once: ${COSTS[name]})`);
    const build = ['build', '-C', SOURCES, ...flags, '-o', join(unfinished, name), `./${name}`];
    await run('nice', [...NICE, go, ...build], { env: { ...process.env, ...GO_ENV } });
  });
  return join(folder, name);
}

/** Without a version of its own a kubelet registers a node that its API server takes for one of 1.0. */
function linkerFlags(modules: string): string {
  const version = /k8s\.io\/kubernetes v((\d+)\.(\d+)\.\d+)/.exec(modules);
  if (version === null) throw new StackError(`${SOURCES}go.mod names no version of k8s.io/kubernetes`);
  const [, full, major, minor] = version;
  const values = { gitVersion: `v${full}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const set = packages.flatMap((path) => Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`));
  return ['-s', '-w', ...set].join(' ');
}
