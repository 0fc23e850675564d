import { execFileSync } from 'node:child_process';
import { clusterChoice } from './choice.ts';

/** Before the tests on a cluster: none of them waits for a build. What is left out is said at the end of the run. */
export default function setup(): (() => void) | undefined {
  const choice = clusterChoice();
  if (choice.kind === 'none') {
    return () =>
      console.log(`left out: the image, its services and the chart on a real Kubernetes cluster (${choice.reason})`);
  }
  const main = new URL('prepare-main.ts', import.meta.url).pathname;
  execFileSync(process.execPath, ['--conditions=@tillstream/source', main, choice.kind], { stdio: 'inherit' });
  return undefined;
}
