import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Records before the offsets of the last batch that is committed in the checkpoint of a Spark query; 0 without one. */
export async function checkpointProgress(folder: string): Promise<number> {
  const committed = (await namesIn(join(folder, 'commits'))).filter((name) => /^\d+$/.test(name)).map(Number);
  if (committed.length === 0) return 0;
  return recordsBefore(await readFile(join(folder, 'offsets', String(Math.max(...committed))), 'utf8'));
}

/** From the text of a file of `offsets`: a version, a line about the batch, and a line of offsets for each source. */
function recordsBefore(text: string): number {
  const sources = text.trim().split('\n').slice(2);
  return sources
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => Object.values(JSON.parse(line) as Record<string, Record<string, number>>))
    .flatMap((partitions) => Object.values(partitions))
    .reduce((sum, offset) => sum + offset, 0);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
