/** A kind of resource, as requests name it. */
export type ResourceKind = {
  /** `apps/v1`; `v1` for the core. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
};

/** What every object has. Times are RFC 3339 texts. */
export type KubernetesObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
};

type ObjectMeta = {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Where an object is, or where it is to be. */
export type ObjectName = { readonly namespace: string; readonly name: string };

/** An object as it is sent: what is left out is not ours to say. */
export type ObjectToWrite = {
  readonly metadata: ObjectName & Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly data?: unknown;
};

/** What a cache and a queue know an object by. */
export function keyOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

/** Path of all objects of a kind, of all in a namespace, of one, or of a part of one (`status`). */
export function pathOf(
  { apiVersion, plural }: ResourceKind,
  where: { readonly namespace?: string | undefined; readonly name?: string; readonly part?: string } = {},
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { namespace, name, part } = where;
  const segments = [...(namespace === undefined ? [] : ['namespaces', namespace]), plural, name, part];
  const named = segments.filter((segment) => segment !== undefined);
  return [root, ...named.map(encodeURIComponent)].join('/');
}
