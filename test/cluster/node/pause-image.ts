import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OnProgress, writeOciArchive } from '@tillstream/stack';
import { goBinary } from '../binaries/go-binaries.ts';

export const PAUSE_IMAGE = 'localhost/pause:tillstream';

/** Writes the image that every pod's sandbox runs. */
export async function writePauseImage(file: string, onProgress: OnProgress): Promise<void> {
  const binary = await goBinary('pause', onProgress);
  const root = mkdtempSync(join(tmpdir(), 'pause-'));
  try {
    chmodSync(root, 0o755);
    cpSync(binary, join(root, 'pause'));
    const settings = { Env: [], WorkingDir: '/', User: '65535:65535', Entrypoint: ['/pause'], Cmd: [] };
    await writeOciArchive(file, { name: PAUSE_IMAGE, settings, root, ownLayers: [] });
  } finally {
    rmSync(root, { recursive: true });
  }
}
