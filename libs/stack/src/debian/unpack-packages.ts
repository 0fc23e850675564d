import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireTool, run } from '../process/tools.ts';
import { StackError } from '../stack-error.ts';

/**
 * Downloads Debian packages and unpacks them below `folder` without installing them: none of their scripts runs, and
 * what they depend on is not fetched. What was unpacked is noted in `var/lib/dpkg/status.d`, where scanners of images
 * look. Throws a `StackError` that names them when they cannot be had.
 */
export async function unpackPackages(names: readonly string[], folder: string): Promise<void> {
  const aptGet = requireTool('apt-get');
  const dpkg = requireTool('dpkg');
  const work = await mkdtemp(join(folder, 'download-'));
  try {
    await download(aptGet, names, work);
    const files = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    const notes = join(folder, 'var/lib/dpkg/status.d');
    await mkdir(notes, { recursive: true });
    for (const file of files.toSorted()) {
      await run(dpkg, ['-x', join(work, file), folder]);
      await writeFile(join(notes, file.split('_')[0] ?? file), await run(dpkg, ['-f', join(work, file)]));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** By the machine's own lists of packages; a machine that has none gets them in a folder that goes again. */
async function download(aptGet: string, names: readonly string[], folder: string): Promise<void> {
  const known = await run(aptGet, ['download', ...names], { folder }).then(
    () => true,
    () => false,
  );
  if (known) return;
  const own = join(folder, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial']) await mkdir(join(own, part), { recursive: true });
  const places = ['-o', `Dir::State::lists=${own}/lists`, '-o', `Dir::Cache=${own}/cache`];
  try {
    await run(aptGet, [...places, 'update'], { folder });
    await run(aptGet, [...places, 'download', ...names], { folder });
  } catch (cause) {
    throw new StackError(`${(cause as Error).message}: install ${names.join(', ')}`, { cause });
  }
}
