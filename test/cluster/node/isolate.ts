/** What makes a set of namespaces a node: its own network, and folders that hide the machine's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@tillstream/stack';
import { NODE_ADDRESS, NODE_BRIDGE } from './addresses.ts';

/** Daemons write there whatever their settings say. */
const HIDDEN = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet'];

/** What a kubelet wants of the kernel and would set for the whole machine: it only gets to see them. */
export const KERNEL_SETTINGS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** To be called inside the namespaces only: it mounts over folders of the machine. */
export async function isolate(folder: string): Promise<void> {
  const faces = join(folder, 'kernel-settings');
  for (const [name, value] of Object.entries(KERNEL_SETTINGS)) {
    const face = join(faces, name.replaceAll('/', '.'));
    mkdirSync(faces, { recursive: true });
    writeFileSync(face, `${value}\n`);
    await run('mount', ['--bind', face, `/proc/sys/${name}`]);
  }
  for (const path of HIDDEN) {
    mkdirSync(path, { recursive: true });
    await run('mount', ['-t', 'tmpfs', 'tillstream', path]);
  }
  await connect();
}

async function connect(): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up']);
  await run('ip', ['link', 'add', NODE_BRIDGE, 'type', 'bridge']);
  await run('ip', ['address', 'add', `${NODE_ADDRESS}/24`, 'dev', NODE_BRIDGE]);
  await run('ip', ['link', 'set', NODE_BRIDGE, 'up']);
  // Addresses of Services are on no network: a packet needs a way out before it is rewritten.
  await run('ip', ['route', 'add', 'default', 'dev', NODE_BRIDGE]);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
}
