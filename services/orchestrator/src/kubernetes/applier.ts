import { createHash } from 'node:crypto';
import type { ApiServer } from './api-server.ts';
import { keyOf, type KubernetesObject, type ObjectName, type ObjectToWrite, type ResourceKind } from './object.ts';

export type DesiredObject = { readonly kind: ResourceKind; readonly object: ObjectToWrite };

type Applied = { readonly hash: string; readonly uid: string; readonly generation: number };

/**
 * Applies what is to be there, and leaves out requests that would change nothing: the same was applied to this very
 * object, and nobody has changed it since. What was applied is only remembered; a new process applies everything once.
 */
export class Applier {
  readonly #api: Pick<ApiServer, 'apply'>;
  readonly #applied = new Map<string, Applied>();

  constructor(api: Pick<ApiServer, 'apply'>) {
    this.#api = api;
  }

  /** `found` is the object as the cache has it. */
  async apply({ kind, object }: DesiredObject, found: KubernetesObject | undefined): Promise<void> {
    const key = `${kind.plural} ${keyOf(object.metadata)}`;
    const hash = hashOf(object);
    const applied = this.#applied.get(key);
    if (applied !== undefined && found !== undefined && isSame(applied, hash, found)) return;
    const made = await this.#api.apply<KubernetesObject>(kind, object, 'tillstream-operator');
    this.#applied.set(key, { hash, uid: made.metadata.uid, generation: made.metadata.generation ?? 0 });
  }

  forget(kind: ResourceKind, name: ObjectName): void {
    this.#applied.delete(`${kind.plural} ${keyOf(name)}`);
  }
}

function isSame({ hash, uid, generation }: Applied, wanted: string, { metadata }: KubernetesObject): boolean {
  return hash === wanted && uid === metadata.uid && generation === (metadata.generation ?? 0);
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
