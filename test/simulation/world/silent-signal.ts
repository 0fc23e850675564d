import type { Signal } from '@tillstream/signal';

/** News are best effort by contract, so that nothing here depends on them. */
export const SILENT_SIGNAL: Signal = {
  publish: () => undefined,
  isHeard: () => false,
  subscribe: () => () => undefined,
  request: () => Promise.reject(new Error('nobody answers')),
  requestAll: () => Promise.resolve([]),
  reply: () => () => undefined,
  close: () => Promise.resolve(),
};
