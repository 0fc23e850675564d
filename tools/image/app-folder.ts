import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '@tillstream/stack';

/** Runs every stage in one process or on servers that it starts: for development, and with what production lacks. */
const DEVELOPMENT_ONLY: ReadonlySet<string> = new Set(['demo']);

/** ClickHouse in the process: 540 MB that only the embedded store loads, and services store over HTTP. */
const EMBEDDED_STORE = ['node_modules/.pnpm/{chdb@*,@chdb+*}', 'libs/*/node_modules/chdb'];

/**
 * Puts the services into a folder with the libraries and packages that they need in production. Sources stay sources,
 * and libraries stay outside node_modules: Node strips the types of both, and of nothing in there.
 */
export async function fillAppFolder(repository: string, app: string): Promise<void> {
  mkdirSync(app, { recursive: true });
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'patches']) {
    cpSync(join(repository, file), join(app, file), { recursive: true });
  }
  for (const folder of neededPackages(repository)) {
    for (const part of ['package.json', 'README.md', 'src'])
      copySources(join(repository, folder, part), join(app, folder, part));
  }
  cpSync(join(repository, 'tools/image/entry.ts'), join(app, 'entry.ts'));
  const install = ['install', '--prod', '--frozen-lockfile', '--ignore-scripts', '--prefer-offline'];
  await run('npx', ['--yes', 'pnpm@12.21.0', ...install], { folder: app });
  for (const path of globSync(EMBEDDED_STORE, { cwd: app })) rmSync(join(app, path), { recursive: true });
  for (const path of globSync('node_modules/.pnpm/**/*.{map,d.ts,d.mts,d.cts}', { cwd: app })) {
    rmSync(join(app, path), { force: true });
  }
}

/** The folders of all services and of what they depend on, directly or not. */
function neededPackages(repository: string): string[] {
  const services = globSync('services/*/src/main.ts', { cwd: repository }).map((file) => file.split('/')[1] ?? '');
  const needed = new Set(services.filter((name) => !DEVELOPMENT_ONLY.has(name)).map((name) => `services/${name}`));
  // A set that grows while it is walked is walked to its new end.
  for (const folder of needed) {
    const { dependencies = {} } = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    const ours = Object.keys(dependencies).filter((name) => name.startsWith('@tillstream/'));
    for (const name of ours.map((one) => basename(one)))
      needed.add(existsSync(join(repository, 'services', name)) ? `services/${name}` : `libs/${name}`);
  }
  return [...needed];
}

function copySources(from: string, to: string): void {
  const isForTests = /(\.test\.ts|\/testing\.ts|\/testing)$/;
  cpSync(from, to, { recursive: true, filter: (path) => !isForTests.test(path) });
}
