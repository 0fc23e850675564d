import { defineConfig } from 'vitest/config';

// Workspace imports resolve to src/*.ts, so tests need no build. Vite takes its own condition lists;
// packages outside the bundle are loaded by the worker's Node, which needs the same condition on its command line.
const source = '@tillstream/source';
const servers = 'test/support/download-servers.ts';

export default defineConfig({
  resolve: { conditions: [source] },
  ssr: { resolve: { conditions: [source, 'module', 'node', 'development|production'], externalConditions: [source] } },
  test: {
    passWithNoTests: true,
    retry: 0,
    // Only bounds a hang: what is polled for may be a server's answer on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    // chDB keeps one data path per process: worker processes, never threads.
    pool: 'forks',
    execArgv: [`--conditions=${source}`],
    // Cheapest first: a broken unit shows before a minute of integration.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{libs,services}/*/src/**/*.test.ts', 'tools/**/*.test.ts', 'test/bench/**/*.test.ts'],
          // Properties of a thousand runs each, and real stores: seconds on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          sequence: { groupOrder: 1 },
          include: ['test/{simulation,scaling}/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          globalSetup: servers,
          sequence: { groupOrder: 2 },
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'chart',
          sequence: { groupOrder: 7 },
          include: ['test/chart/**/*.chart.test.ts'],
          testTimeout: 120_000,
          // Helm is a process for each rendering.
          maxConcurrency: 2,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'monitoring',
          globalSetup: servers,
          sequence: { groupOrder: 8 },
          include: ['test/monitoring/**/*.monitoring.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          globalSetup: servers,
          sequence: { groupOrder: 3 },
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          globalSetup: servers,
          sequence: { groupOrder: 4 },
          include: ['test/chaos/**/*.test.ts'],
          // Only bounds a hang; the long ones run as test:soak.
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'control-plane',
          globalSetup: 'test/cluster/binaries/prepare.ts',
          sequence: { groupOrder: 5 },
          include: ['test/**/*.control-plane.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          globalSetup: 'test/cluster/e2e/prepare.ts',
          sequence: { groupOrder: 6 },
          include: ['test/**/*.cluster.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
