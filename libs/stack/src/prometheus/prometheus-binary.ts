import { join } from 'node:path';
import { cached } from '../cache/cache-folder.ts';
import { unpackPackages } from '../debian/unpack-packages.ts';
import { findCommand } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';

/** The path of a prometheus: of PATH, else Debian's package, unpacked into the cache without being installed. */
export async function prometheusBinary(onProgress: OnProgress): Promise<string> {
  const installed = findCommand('prometheus');
  if (installed !== undefined) return installed;
  const folder = await cached('prometheus-debian', async (unfinished) => {
    onProgress('Prometheus: downloading its Debian package (19 MB, once)');
    await unpackPackages(['prometheus'], unfinished);
  });
  return join(folder, 'usr', 'bin', 'prometheus');
}
