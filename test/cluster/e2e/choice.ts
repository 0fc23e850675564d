/** Which cluster the end-to-end tests run on, by the environment alone; imports nothing, as the runner reads it too. */

export type ClusterChoice =
  | { readonly kind: 'own' }
  | { readonly kind: 'given'; readonly kubeconfig: string }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * `TILLSTREAM_CLUSTER` is `own`, for a cluster that the tests start, or the path of the kubeconfig of one whose nodes have
 * the image. KUBECONFIG is not read: it may name a cluster that is nobody's to test on.
 */
export function clusterChoice(env: NodeJS.ProcessEnv = process.env): ClusterChoice {
  const setting = env['TILLSTREAM_CLUSTER'];
  if (setting === undefined || setting === '') {
    return { kind: 'none', reason: 'they take 25 minutes: pnpm test:cluster, or TILLSTREAM_CLUSTER=<kubeconfig>' };
  }
  if (setting !== 'own') return { kind: 'given', kubeconfig: setting };
  if (process.platform === 'linux' && process.getuid?.() === 0) return { kind: 'own' };
  return {
    kind: 'none',
    reason: 'a cluster of its own needs Linux and root; TILLSTREAM_CLUSTER=<kubeconfig> uses another',
  };
}
