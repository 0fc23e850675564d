import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where downloads and compiled sources are kept, outside every checkout. */
function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tillstream');
}

/**
 * The folder `name` of the cache. When it is missing, `fill` makes it in a folder beside it, which is renamed when it
 * is complete: a folder that was interrupted is never found, and two processes at once do not see each other's half.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await fill(unfinished);
    await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster, and its folder is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/**
 * The environment of a program of this project that runs from its sources: it keeps them compiled, which halves the CPU
 * of its next start and spares it the memory of the compiler of types, 25 MiB. Node keys what it keeps by the text.
 */
export function compileCacheEnvironment(): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(cacheFolder(), 'compiled') };
}
