import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { compileCacheEnvironment } from '../cache/cache-folder.ts';
import type { ServerCommand } from '../process/server-process.ts';

const require = createRequire(import.meta.url);

/**
 * Memory in pages of 2 MiB, where glibc and kernel have them: ClickHouse takes and gives back large blocks with every
 * insert and merge, and a fifth of its CPU went into their pages.
 */
const LARGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** The command that serves ClickHouse's HTTP interface over chDB, a program beside the store's index. */
export function endpointCommand(data: string, port: number): Pick<ServerCommand, 'command' | 'args' | 'env'> {
  const index = require.resolve('@tillstream/store');
  const main = join(dirname(index), 'endpoint', `main${extname(index)}`);
  return {
    command: process.execPath,
    args: [
      // Bodies of inserts are garbage outside of the heap: by default the heap is searched for each 30 MB of them.
      '--heap-growing-percent=200',
      '--conditions=@tillstream/source',
      main,
      '--path',
      data,
      '--port',
      `${port}`,
    ],
    env: { ...LARGE_PAGES, ...compileCacheEnvironment() },
  };
}
