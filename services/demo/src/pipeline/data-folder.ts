import { UserError } from '@tillstream/runtime';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const MANIFEST = 'tillstream.json';
const PARTIAL = `${MANIFEST}.part`;

/** Raised when what is in a data folder changes its meaning. */
const FORMAT_VERSION = 2;

/** What a data folder was made from. Another source into the same folder would mix two truths. */
type Manifest = { readonly formatVersion: number; readonly source: string };

/** Where the embedded pipeline keeps everything: one folder, moved or deleted as a whole. */
export type DataFolder = {
  readonly root: string;
  readonly logFile: string;
  readonly storeFolder: string;
  readonly temporaryFolder: string;
  readonly inbox: string;
  readonly reference: string;
};

/** Opens or makes a data folder for a source. Refuses one of another source, another version, or of somebody else. */
export function prepareDataFolder(root: string, source: string): DataFolder {
  const known = readManifest(root);
  if (known === undefined) {
    if (existsSync(root) && readdirSync(root).some((name) => name !== PARTIAL)) {
      throw new UserError(`${root} is no Tillstream data folder and not empty: name another with --data`);
    }
    writeManifest(root, { formatVersion: FORMAT_VERSION, source });
  } else if (known.source !== source) {
    throw new UserError(`${root} holds ${known.source}, not ${source}: name another folder with --data, or delete it`);
  }
  const folder = describe(root);
  for (const path of [folder.storeFolder, folder.temporaryFolder, folder.inbox, folder.reference]) {
    mkdirSync(path, { recursive: true });
  }
  return folder;
}

/** Opens a data folder that a demo has left. */
export function existingDataFolder(root: string): DataFolder {
  if (readManifest(root) === undefined) {
    throw new UserError(`there is no Tillstream data in ${root}: run the demo first, or name its folder with --data`);
  }
  return describe(root);
}

/** Deletes what an earlier demo left: out of the way at once, gone a little later. Anything that is no data folder stays. */
export async function discardDataFolder(root: string): Promise<void> {
  if (!existsSync(join(root, MANIFEST))) return;
  const discarded = `${root}-discarded-${process.pid}`;
  renameSync(root, discarded);
  await rm(discarded, { recursive: true, force: true });
}

function describe(root: string): DataFolder {
  return {
    root,
    logFile: join(root, 'log.sqlite'),
    storeFolder: join(root, 'store'),
    temporaryFolder: join(root, 'tmp'),
    inbox: join(root, 'inbox'),
    reference: join(root, 'reference'),
  };
}

function readManifest(root: string): Manifest | undefined {
  const path = join(root, MANIFEST);
  if (!existsSync(path)) return undefined;
  const remedy = 'name another folder with --data, or delete it';
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (cause) {
    throw new UserError(`${path} is damaged: ${remedy}`, { cause });
  }
  if (manifest.formatVersion !== FORMAT_VERSION) {
    const found = String(manifest.formatVersion);
    throw new UserError(
      `${root} was written by version ${found} of the data format, this is ${FORMAT_VERSION}: ${remedy}`,
    );
  }
  return manifest;
}

/** First, and in one step: killed at any moment, it leaves a folder that is ours or has nothing in it. */
function writeManifest(root: string, manifest: Manifest): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, PARTIAL), `${JSON.stringify(manifest, undefined, 2)}\n`);
  renameSync(join(root, PARTIAL), join(root, MANIFEST));
}
