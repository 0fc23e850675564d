import { isCode } from '../kubernetes/api-error.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { CONFIG_MAPS, SECRETS } from '../kubernetes/kinds.ts';
import type { KubernetesObject, ResourceKind } from '../kubernetes/object.ts';
import { secretUses, type SecretView } from '../plan/secrets.ts';
import { WORKER_STAGES } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { ReferenceFiles } from '../servers/load-files.ts';
import type { SecretContent } from '../servers/server-settings.ts';

/** What a Pipeline names and has not in itself. */
export type References = {
  readonly secrets: ReadonlyMap<string, SecretView>;
  readonly contents: ReadonlyMap<string, SecretContent>;
  readonly referenceFiles: ReferenceFiles | undefined;
  /** What is not there: `Secret x`. */
  readonly missing: readonly string[];
};

type WithData = KubernetesObject & {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
};

/** They are asked for each time: nobody may list Secrets. */
export async function readReferences(api: Pick<ApiServer, 'get'>, { metadata, spec }: Pipeline): Promise<References> {
  const { namespace } = metadata;
  const uses = [secretUses(spec), ...WORKER_STAGES.map((stage) => secretUses(spec, stage))].flat();
  const names = [...new Set(uses.map(({ secret }) => secret))];
  const found = await Promise.all(
    names.map(async (name) => [name, await getOrNone(api, SECRETS, { namespace, name })] as const),
  );
  const secrets = found.flatMap(([name, secret]) => (secret === undefined ? [] : [[name, secret] as const]));
  const configMap = spec.referenceData?.configMap;
  const files = configMap === undefined ? undefined : await getOrNone(api, CONFIG_MAPS, { namespace, name: configMap });
  return {
    secrets: new Map(
      secrets.map(([name, one]) => [name, { keys: Object.keys(one.data ?? {}), version: versionOf(one) }]),
    ),
    contents: new Map(secrets.map(([name, { data = {} }]) => [name, decoded(data)])),
    referenceFiles:
      files === undefined
        ? undefined
        : { version: `${versionOf(files)} in ${spec.clickhouse.url}`, files: filesOf(files) },
    missing: [
      ...found.filter(([, secret]) => secret === undefined).map(([name]) => `Secret ${name}`),
      ...(configMap !== undefined && files === undefined ? [`ConfigMap ${configMap}`] : []),
    ],
  };
}

async function getOrNone(
  api: Pick<ApiServer, 'get'>,
  kind: ResourceKind,
  where: { readonly namespace: string; readonly name: string },
): Promise<WithData | undefined> {
  try {
    return await api.get<WithData>(kind, where);
  } catch (error) {
    if (isCode(error, 404)) return undefined;
    throw error;
  }
}

/** Of the object, not of what is in it: a hash of a password tells of the password. */
function versionOf({ metadata: { uid, resourceVersion } }: KubernetesObject): string {
  return `${uid}/${resourceVersion}`;
}

function decoded(data: Readonly<Record<string, string>>): SecretContent {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function filesOf({ data = {}, binaryData = {} }: WithData): ReadonlyMap<string, Buffer> {
  return new Map([
    ...Object.entries(data).map(([name, text]) => [name, Buffer.from(text)] as const),
    ...Object.entries(binaryData).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const),
  ]);
}
