import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OnProgress, unpackPackages } from '@tillstream/stack';
import { fillAppFolder } from './app-folder.ts';

/** What Node is linked with, certificates and time zones: no shell, no package manager. */
const PACKAGES = ['base-files', 'ca-certificates', 'libc6', 'libgcc-s1', 'libstdc++6', 'tzdata'];

/** Parts of the packages that nothing here reads. */
const UNUSED = [
  'usr/share/{man,locale,lintian,info,bug,doc-base,common-licenses,base-files}',
  'usr/share/doc/*/!(copyright)',
  '{usr/,}lib/*/{gconv,audit}',
  'usr/share/zoneinfo/{right,posix}',
  'usr/sbin',
  'usr/share/ca-certificates',
  '{home,root,srv,media,mnt,opt,boot}',
];

const USER = 'tillstream:x:10001:10001:Tillstream:/app:/usr/sbin/nologin\n';

/** Fills an empty folder with the image's whole file system: Debian's libraries, Node, and the services in /app. */
export async function fillRootFolder(repository: string, root: string, onProgress: OnProgress): Promise<void> {
  mkdirSync(root, { recursive: true });
  // A temporary folder is its owner's alone, and the services are nobody's.
  chmodSync(root, 0o755);
  onProgress(`unpacking ${PACKAGES.join(', ')} of Debian`);
  await unpackPackages(PACKAGES, root);
  bundleCertificates(root);
  for (const path of globSync(UNUSED, { cwd: root })) rmSync(join(root, path), { recursive: true, force: true });
  writeFileSync(join(root, 'etc/passwd'), `root:x:0:0:root:/root:/usr/sbin/nologin\n${USER}`);
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\ntillstream:x:10001:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  onProgress('installing the services with their production packages');
  const app = join(root, 'app');
  await fillAppFolder(repository, app);
  moveNode(app, join(root, 'usr/bin'));
}

/** What the package's own installation would do. */
function bundleCertificates(root: string): void {
  const files = globSync('usr/share/ca-certificates/**/*.crt', { cwd: root }).toSorted();
  if (files.length === 0) throw new Error('the package ca-certificates holds no certificates');
  const bundle = files.map((file) => readFileSync(join(root, file), 'utf8')).join('');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), bundle);
}

/** The Node that the lockfile pins, without npm and headers. */
function moveNode(app: string, bin: string): void {
  const found = globSync('node_modules/.pnpm/node-linux-*/node_modules/*/bin/node', { cwd: app })[0];
  if (found === undefined) throw new Error('the lockfile installs no Node for this machine: images are made on Linux');
  mkdirSync(bin, { recursive: true });
  copyFileSync(join(app, found), join(bin, 'node'));
  for (const path of globSync('node_modules/{node-*,.pnpm/node-linux-*,.pnpm/node-bin-*}', { cwd: app })) {
    rmSync(join(app, path), { recursive: true });
  }
}
