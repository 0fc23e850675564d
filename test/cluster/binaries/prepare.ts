import { execFileSync } from 'node:child_process';

/** Before the tests that need a cluster: none of them waits for a build. */
export default function setup(): void {
  const main = new URL('prepare-main.ts', import.meta.url).pathname;
  execFileSync(process.execPath, ['--conditions=@tillstream/source', main], { stdio: 'inherit' });
}
