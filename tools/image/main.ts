/** `pnpm image`: the image of all services as an OCI archive, without Docker and without a registry. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run, writeOciArchive } from '@tillstream/stack';
import { imageSettings } from './image-settings.ts';
import { fillRootFolder } from './root-folder.ts';

const HELP = `usage: pnpm image [--tag dev] [--file .tillstream/image.tar]    writes localhost/tillstream:<tag> as an OCI archive
       pnpm image --root FOLDER                                 writes the image's files only, for the Dockerfile`;

const repository = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    tag: { type: 'string', default: 'dev' },
    file: { type: 'string', default: join(repository, '.tillstream/image.tar') },
    root: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else if (values.root === undefined) await makeArchive(values.tag, resolve(values.file));
else await fillRootFolder(repository, resolve(values.root), console.log);

async function makeArchive(tag: string, file: string): Promise<void> {
  const settings = imageSettings(readFileSync(join(repository, 'Dockerfile'), 'utf8'), { VERSION: tag });
  const root = mkdtempSync(join(tmpdir(), 'tillstream-image-'));
  try {
    await fillRootFolder(repository, root, console.log);
    console.log(`files: ${await megabytes(root)} MB, of which /app ${await megabytes(join(root, 'app'))} MB`);
    await writeOciArchive(file, { name: `localhost/tillstream:${tag}`, settings, root, ownLayers: ['app'] });
  } finally {
    rmSync(root, { recursive: true });
  }
  console.log(`localhost/tillstream:${tag} is in ${file} (${Math.round(statSync(file).size / 1e6)} MB)`);
}

async function megabytes(folder: string): Promise<number> {
  const said = await run('du', ['--summarize', '--bytes', folder]);
  return Math.round(Number.parseInt(said) / 1e6);
}
