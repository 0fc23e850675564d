import { keyOf, type KubernetesObject } from '../kubernetes/object.ts';

/**
 * An older Pipeline that uses one of the same servers. Topics, tables and consumer groups have fixed names, so two would
 * be one, set up twice. Names without a dot are meant within their namespace.
 */
export function rivalOf(pipeline: KubernetesObject, all: readonly KubernetesObject[]): string | undefined {
  const own = new Set(addressesOf(pipeline));
  const rival = all.find((other) => {
    return (
      other.metadata.uid !== pipeline.metadata.uid &&
      isOlder(other, pipeline) &&
      addressesOf(other).some((address) => own.has(address))
    );
  });
  return rival === undefined ? undefined : keyOf(rival.metadata);
}

function isOlder({ metadata: one }: KubernetesObject, { metadata: other }: KubernetesObject): boolean {
  if (one.creationTimestamp === other.creationTimestamp) return keyOf(one) < keyOf(other);
  return one.creationTimestamp < other.creationTimestamp;
}

type Raw = KubernetesObject & {
  readonly spec?: {
    readonly kafka?: { readonly brokers?: readonly string[] };
    readonly clickhouse?: { readonly url?: string };
  };
};

function addressesOf(pipeline: KubernetesObject): readonly string[] {
  const { spec, metadata } = pipeline as Raw;
  const { kafka, clickhouse } = spec ?? {};
  const local = (address: string): string => (address.includes('.') ? address : `${metadata.namespace}/${address}`);
  return [...(kafka?.brokers ?? []), ...(clickhouse?.url === undefined ? [] : [clickhouse.url])].map(local);
}
