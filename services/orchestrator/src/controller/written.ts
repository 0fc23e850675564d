import type { KubernetesObject } from '../kubernetes/object.ts';

/**
 * What was written last of each object. Only one process writes, so that is newer than what a cache has, which hears of it
 * a moment later.
 */
export class Written<Value> {
  readonly #values = new Map<string, Value>();

  get({ metadata }: Pick<KubernetesObject, 'metadata'>): Value | undefined {
    return this.#values.get(metadata.uid);
  }

  set({ metadata }: Pick<KubernetesObject, 'metadata'>, value: Value): void {
    this.#values.set(metadata.uid, value);
  }

  /** Forgets those that are not there any more, now and then. */
  keep(objects: readonly KubernetesObject[]): void {
    if (this.#values.size <= 2 * objects.length + SPARE) return;
    const there = new Set(objects.map(({ metadata }) => metadata.uid));
    for (const uid of this.#values.keys()) if (!there.has(uid)) this.#values.delete(uid);
  }
}

const SPARE = 100;
