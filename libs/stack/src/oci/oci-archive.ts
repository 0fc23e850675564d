import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../process/tools.ts';

/** What a container of an image runs as; the parts of an OCI image configuration that are used here. */
export type ImageSettings = {
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
};

export type ImageContent = {
  /** The full name under which a node finds the image. */
  readonly name: string;
  readonly settings: ImageSettings;
  /** The whole file system. */
  readonly root: string;
  /** Folders of `root` that are a layer of their own: a node that knows the rest loads only these. */
  readonly ownLayers: readonly string[];
};

type Blob = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** Who made it and when is the same for all: equal contents make an equal archive. */
const EQUAL = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=pax'];
const EQUAL_HEADERS = ['--pax-option=delete=atime,delete=ctime'];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Writes an OCI image layout as one tar, for `ctr images import`, `podman load` and `skopeo copy`. */
export async function writeOciArchive(file: string, { name, settings, root, ownLayers }: ImageContent): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const layout = mkdtempSync(`${file}.unfinished-`);
  try {
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
    const rest = [...ownLayers.map((folder) => `--exclude=./${folder}`), '.'];
    const layers: Blob[] = [];
    for (const what of [rest, ...ownLayers.map((folder) => [`./${folder}`])])
      layers.push(await layer(layout, root, what));
    const platform = { architecture: ARCHITECTURES[process.arch], os: 'linux' };
    const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
    const config = json(layout, 'config', { ...platform, config: settings, rootfs });
    const manifest = json(layout, 'manifest', { schemaVersion: 2, mediaType: mediaType('manifest'), config, layers });
    const annotations = {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': name.split(':').at(-1),
    };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, platform, annotations }] };
    writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
    writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await run('tar', [
      ...EQUAL,
      ...EQUAL_HEADERS,
      '-C',
      layout,
      '-cf',
      join(layout, 'whole.tar'),
      'oci-layout',
      'index.json',
      'blobs',
    ]);
    renameSync(join(layout, 'whole.tar'), file);
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

/** Uncompressed: it goes to a node of this machine, and its digest is then also the one of its contents. */
async function layer(layout: string, root: string, what: readonly string[]): Promise<Blob> {
  const part = join(layout, 'layer.tar');
  await run('tar', [...EQUAL, ...EQUAL_HEADERS, '-C', root, '-cf', part, ...what]);
  const hash = createHash('sha256');
  await pipeline(createReadStream(part), hash);
  const hex = hash.digest('hex');
  const size = statSync(part).size;
  renameSync(part, join(layout, 'blobs/sha256', hex));
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hex}`, size };
}

function json(layout: string, kind: 'config' | 'manifest', content: object): Blob {
  const text = JSON.stringify(content);
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(layout, 'blobs/sha256', hex), text);
  return { mediaType: mediaType(kind), digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

function mediaType(kind: 'config' | 'manifest'): string {
  return `application/vnd.oci.image.${kind}.v1+json`;
}
