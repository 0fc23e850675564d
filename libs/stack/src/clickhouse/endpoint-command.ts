import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The command that serves ClickHouse's HTTP interface over chDB, a program beside the store's index. */
export function endpointCommand(data: string, port: number): { command: string; args: string[] } {
  const index = require.resolve('@tillstream/store');
  const main = join(dirname(index), 'endpoint', `main${extname(index)}`);
  return {
    command: process.execPath,
    // Bodies of inserts are garbage outside of the heap: by default the heap is searched for each 30 MB of them.
    args: ['--heap-growing-percent=200', '--conditions=@tillstream/source', main, '--path', data, '--port', `${port}`],
  };
}
