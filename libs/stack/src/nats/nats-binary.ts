import { join } from 'node:path';
import { cached } from '../cache/cache-folder.ts';
import { findCommand, requireTool, run } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';

const VERSION = '2.15.2';

/** The path of a nats-server: of PATH, else one that Go builds into the cache. */
export async function natsBinary(onProgress: OnProgress): Promise<string> {
  const installed = findCommand('nats-server');
  if (installed !== undefined) return installed;
  const folder = await cached(`nats-server-${VERSION}`, async (unfinished) => {
    const go = requireTool('go');
    onProgress(`NATS ${VERSION}: downloading its source and building it with Go (about a minute, once)`);
    const env = { ...process.env, GOBIN: unfinished, GOFLAGS: '', CGO_ENABLED: '0' };
    await run(go, ['install', '-trimpath', '-ldflags=-s -w', `github.com/nats-io/nats-server/v2@v${VERSION}`], { env });
  });
  return join(folder, 'nats-server');
}
