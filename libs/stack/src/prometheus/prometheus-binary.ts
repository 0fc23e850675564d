import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache/cache-folder.ts';
import { findCommand, requireTool, run } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';
import { StackError } from '../stack-error.ts';

/** The path of a prometheus: of PATH, else Debian's package, unpacked into the cache without being installed. */
export async function prometheusBinary(onProgress: OnProgress): Promise<string> {
  const installed = findCommand('prometheus');
  if (installed !== undefined) return installed;
  const folder = await cached('prometheus-debian', async (unfinished) => {
    const aptGet = requireTool('apt-get');
    const dpkg = requireTool('dpkg');
    onProgress('Prometheus: downloading its Debian package (19 MB, once)');
    await download(aptGet, unfinished);
    const deb = readdirSync(unfinished).find((name) => name.endsWith('.deb')) ?? 'prometheus.deb';
    await run(dpkg, ['-x', deb, '.'], { folder: unfinished });
  });
  return join(folder, 'usr', 'bin', 'prometheus');
}

/** By the machine's own lists of packages; a machine that has none gets them in a folder that goes again. */
async function download(aptGet: string, folder: string): Promise<void> {
  const known = await run(aptGet, ['download', 'prometheus'], { folder }).then(
    () => true,
    () => false,
  );
  if (known) return;
  const own = join(folder, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial']) await mkdir(join(own, part), { recursive: true });
  const places = ['-o', `Dir::State::lists=${own}/lists`, '-o', `Dir::Cache=${own}/cache`];
  try {
    await run(aptGet, [...places, 'update'], { folder });
    await run(aptGet, [...places, 'download', 'prometheus'], { folder });
  } catch (cause) {
    throw new StackError(`${(cause as Error).message}: install prometheus`, { cause });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
