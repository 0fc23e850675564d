import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, type OnProgress, unpackPackages } from '@tillstream/stack';

/** What runs containers and connects them, with the libraries of iptables. */
const PACKAGES = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'libip4tc2',
  'libip6tc2',
  'libmnl0',
  'libnetfilter-conntrack3',
  'libnfnetlink0',
  'libnftnl11',
  'libxtables12',
];

const IPTABLES = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];

export type NodeTools = {
  /** To go before PATH: containerd, its shim, ctr, runc and iptables. */
  readonly path: string;
  /** Where the plugins are that give pods their network. */
  readonly networkPlugins: string;
};

/** Debian's containerd and what belongs to it, unpacked into the cache without being installed. */
export async function nodeTools(onProgress: OnProgress): Promise<NodeTools> {
  const folder = await cached(join('cluster', 'node-tools-debian'), async (unfinished) => {
    onProgress('containerd, runc, iptables and network plugins: downloading their Debian packages (50 MB, once)');
    await unpackPackages(PACKAGES, unfinished);
    await writeWrappers(join(unfinished, 'wrappers'));
  });
  const path = ['wrappers', 'usr/bin', 'usr/sbin'].map((part) => join(folder, part)).join(':');
  return { path, networkPlugins: join(folder, 'usr/lib/cni') };
}

/** One program with many names, which finds its libraries and extensions where they are not installed. */
async function writeWrappers(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const libraries = '"$root"/usr/lib/*-linux-gnu';
  for (const name of IPTABLES) {
    const lines = [
      '#!/bin/sh',
      'root=$(dirname "$(dirname "$0")")',
      `libraries=$(echo ${libraries})`,
      'export LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$libraries/xtables"',
      `exec "$root/usr/sbin/xtables-nft-multi" ${name} "$@"`,
    ];
    await writeFile(join(folder, name), `${lines.join('\n')}\n`);
    await chmod(join(folder, name), 0o755);
  }
}
