import { execFileSync } from 'node:child_process';

/**
 * Before the tests that start servers: none of them waits for a download. In a process of its own, because the one that
 * this runs in does not know where the workspace's sources are.
 */
export default function setup(): void {
  const main = new URL('download-servers-main.ts', import.meta.url).pathname;
  execFileSync(process.execPath, ['--conditions=@tillstream/source', main], { stdio: 'inherit' });
}
