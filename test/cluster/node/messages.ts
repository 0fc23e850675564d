/** What the node's first process is told, beside the server that it relays. */
export type NodeOrder = {
  readonly folder: string;
  readonly networkPlugins: string;
  readonly binaries: { readonly etcd: string; readonly kubernetes: string; readonly coredns: string };
  readonly kubectl: string;
  readonly pauseImage: string;
  /** False ends the node when whoever started it has ended. */
  readonly detached: boolean;
  /** Where clients of this machine find the API server. */
  readonly url: string;
};

/** What it answers, once. */
export type NodeAnswer = { readonly outcome: 'ready' } | { readonly outcome: 'failed'; readonly reason: string };
