import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export async function holdsFile(folder: string, path: string, content: Buffer): Promise<boolean> {
  try {
    return content.equals(await readFile(join(folder, path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Whole or not at all: a reader sees neither a part of the file nor, unless it looks for dots, the temporary name. */
export async function putFile(folder: string, path: string, content: Buffer): Promise<void> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${path}.partial`);
  await writeFile(temporary, content);
  await rename(temporary, target);
}
