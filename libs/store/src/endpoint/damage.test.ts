import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

import { temporaryFolder } from '../testing/temporary-store.ts';

/** Of 512 bytes: what is longer is cut off, as on a full disk. */
const CRAMPED = `trap '' XFSZ; ulimit -f 256; exec "$0" "$@"`;

it('a write that the disk does not take ends the process, and is not acknowledged', async () => {
  await using folder = await temporaryFolder();
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const options = ['--conditions=@tillstream/source', main, '--path', folder.path, '--port', '0'];
  const process_ = spawn('sh', ['-c', CRAMPED, process.execPath, ...options]);
  const said = text(process_.stderr);
  const [line] = (await once(createInterface(process_.stdout), 'line')) as [string];
  const url = line.replace('listening on ', '');
  const ask = async (sql: string) => fetch(url, { method: 'POST', body: sql }).then(({ status }) => status);
  expect(await ask('CREATE TABLE item (id UInt64) ENGINE = MergeTree ORDER BY id')).toBe(200);
  expect(await ask('INSERT INTO item SELECT number FROM numbers(1000)')).toBe(200);
  const ended = once(process_, 'exit');
  await expect(ask('INSERT INTO item SELECT cityHash64(number) FROM numbers(100000)')).rejects.toThrow('fetch failed');
  expect(await ended).toEqual([1, null]);
  expect(await said).toMatch(/^endpoint: the disk did not take \d+ writes of the store; free some space there/);
});
