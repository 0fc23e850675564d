/** Which cluster the end-to-end tests run on, by the environment alone; imports nothing, as the runner reads it too. */

export type ClusterChoice =
  | { readonly kind: 'own' }
  | { readonly kind: 'given'; readonly kubeconfig: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Whether the long tests are wanted, that are too long for every change: `test:cluster`. */
export const IS_SOAK = process.env['TILLSTREAM_SOAK'] === '1';

/**
 * `TILLSTREAM_CLUSTER` is `off`, or the path of the kubeconfig of a cluster whose nodes have the image; without it the
 * tests start a cluster of their own. KUBECONFIG is not read: it may name a cluster that is nobody's to test on.
 */
export function clusterChoice(env: NodeJS.ProcessEnv = process.env): ClusterChoice {
  const setting = env['TILLSTREAM_CLUSTER'];
  if (setting === 'off') return { kind: 'none', reason: 'TILLSTREAM_CLUSTER=off' };
  if (setting !== undefined && setting !== '') return { kind: 'given', kubeconfig: setting };
  if (process.platform === 'linux' && process.getuid?.() === 0) return { kind: 'own' };
  return {
    kind: 'none',
    reason: 'a cluster of its own needs Linux and root; TILLSTREAM_CLUSTER=<kubeconfig> uses another',
  };
}
