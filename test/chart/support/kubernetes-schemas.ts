import { cached, requireTool, run } from '@tillstream/stack';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from './helm.ts';

/** Holds the API of each Kubernetes as JSON Schemas that refuse unknown fields. */
const PACKAGE = 'kubernetes-validate==1.37.0';
const SHA256 = '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9';
const REMEDY = 'install Python with pip, and unzip (Debian: apt-get install python3-pip unzip)';

/** What an object has that this Kubernetes does not know or take, as `path problem`. */
export type Judge = (object: KubernetesObject) => readonly string[];

/** `version` is that of a minor release, such as 1.31.0. */
export async function kubernetesJudge(version: string): Promise<Judge> {
  const folder = join(await schemasFolder(), `v${version}-local-strict`);
  const read = (file: string): object => JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
  // They are right, have formats of OpenAPI, and are megabytes.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, validateSchema: false });
  ajv.addSchema(read('_definitions.json'), '_definitions.json');
  const known = new Map<string, ValidateFunction>();
  return (object) => {
    const file = fileOf(object);
    const validate = known.get(file) ?? ajv.compile(read(file));
    known.set(file, validate);
    if (validate(object)) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** `deployment-apps-v1.json`. */
function fileOf({ apiVersion, kind }: KubernetesObject): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return [kind.toLowerCase(), ...(group === '' ? [] : [group!.split('.')[0]]), version].join('-').concat('.json');
}

async function schemasFolder(): Promise<string> {
  const folder = await cached(join('cluster', `kubernetes-schemas-${SHA256.slice(0, 16)}`), async (unfinished) => {
    const [python, unzip] = [requireTool('python3', REMEDY), requireTool('unzip', REMEDY)];
    await writeFile(join(unfinished, 'requirements.txt'), `${PACKAGE} --hash=sha256:${SHA256}\n`);
    const how = ['--no-deps', '--require-hashes', '--requirement', 'requirements.txt'];
    await run(python, ['-m', 'pip', 'download', '--quiet', ...how], { folder: unfinished });
    const archive = 'kubernetes_validate-1.37.0-py3-none-any.whl';
    await run(unzip, ['-q', archive, '*-local-strict/*'], { folder: unfinished });
    await rm(join(unfinished, archive));
  });
  return join(folder, 'kubernetes_validate', 'kubernetes-json-schema');
}
