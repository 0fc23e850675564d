import { isCode } from '../kubernetes/api-error.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { CONFIG_MAPS } from '../kubernetes/kinds.ts';
import { keyOf, type KubernetesObject } from '../kubernetes/object.ts';
import { MANAGED_BY, OPERATOR, ownedBy, PIPELINE } from '../plan/labels.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { Scalers } from './scalers.ts';

/** A restart of the operator forgets no more than this. */
const NOTE_EVERY_MS = 60_000;

type Entry = { readonly scalers: Scalers; notedAt: number };

/** The autoscalers of all pipelines, and what they remember in a ConfigMap of each. */
export class ScalingNotes {
  readonly #api: Pick<ApiServer, 'get' | 'apply'>;
  readonly #entries = new Map<string, Entry>();

  constructor(api: Pick<ApiServer, 'get' | 'apply'>) {
    this.#api = api;
  }

  async of({ metadata }: Pipeline, now: number): Promise<Scalers> {
    const key = keyOf(metadata);
    const known = this.#entries.get(key);
    if (known !== undefined) return known.scalers;
    const scalers = new Scalers(await this.#read(metadata));
    this.#entries.set(key, { scalers, notedAt: now });
    return scalers;
  }

  async note(pipeline: Pipeline, now: number): Promise<void> {
    const { metadata } = pipeline;
    const known = this.#entries.get(keyOf(metadata));
    const data = known?.scalers.memory() ?? {};
    if (known === undefined || Object.keys(data).length === 0 || now - known.notedAt < NOTE_EVERY_MS) return;
    const notes = {
      metadata: {
        ...notesOf(metadata),
        labels: { [MANAGED_BY]: OPERATOR, [PIPELINE]: metadata.name },
        ownerReferences: ownedBy(pipeline),
      },
      data,
    };
    await this.#api.apply(CONFIG_MAPS, notes, 'tillstream-autoscaler');
    known.notedAt = now;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  async #read(metadata: Pipeline['metadata']): Promise<Readonly<Record<string, string>>> {
    try {
      const notes = await this.#api.get<KubernetesObject & { readonly data?: Record<string, string> }>(
        CONFIG_MAPS,
        notesOf(metadata),
      );
      return notes.data ?? {};
    } catch (error) {
      if (isCode(error, 404)) return {};
      throw error;
    }
  }
}

function notesOf({ namespace, name }: Pipeline['metadata']) {
  return { namespace, name: `${name}-autoscaler` };
}
