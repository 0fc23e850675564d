import { readdirSync } from 'node:fs';
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
    await run(aptGet, ['download', 'prometheus'], { folder: unfinished }).catch((cause: Error) => {
      throw new StackError(`${cause.message}: run apt-get update first, or install prometheus`, { cause });
    });
    const deb = readdirSync(unfinished).find((name) => name.endsWith('.deb')) ?? 'prometheus.deb';
    await run(dpkg, ['-x', deb, '.'], { folder: unfinished });
  });
  return join(folder, 'usr', 'bin', 'prometheus');
}
