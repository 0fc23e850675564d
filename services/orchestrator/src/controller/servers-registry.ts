import { oneLine, type Logger } from '@tillstream/runtime';
import { hashOf } from '../kubernetes/applier.ts';
import { keyOf } from '../kubernetes/object.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { ReferenceFiles } from '../servers/load-files.ts';
import { PipelineServers } from '../servers/pipeline-servers.ts';
import { operatorConfig, type SecretContent } from '../servers/server-settings.ts';
import { UNKNOWN_SERVERS, type ServersSnapshot } from '../servers/snapshot.ts';

export type ServersInput = {
  readonly pipeline: Pipeline;
  readonly secrets: ReadonlyMap<string, SecretContent>;
  readonly referenceFiles: ReferenceFiles | undefined;
};

type Entry = { readonly settings: string; readonly servers: PipelineServers };

/** The servers of all pipelines: connected anew when their settings or secrets are others. */
export class ServersRegistry {
  readonly #onChange: (key: string) => void;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();

  constructor(onChange: (key: string) => void, logger: Logger) {
    this.#onChange = onChange;
    this.#logger = logger;
  }

  get(key: string): PipelineServers | undefined {
    return this.#entries.get(key)?.servers;
  }

  /** What is known of a pipeline's servers; looks at them from now on. */
  look({ pipeline, secrets, referenceFiles }: ServersInput): ServersSnapshot {
    const key = keyOf(pipeline.metadata);
    const { partitions } = pipeline.spec.kafka;
    try {
      const config = operatorConfig(pipeline, secrets);
      const settings = hashOf([config, partitions, referenceFiles?.version]);
      const known = this.#entries.get(key);
      if (known?.settings === settings) return known.servers.snapshot;
      void this.forget(key);
      const isLoaded = pipeline.status.referenceData === referenceFiles?.version;
      const servers = new PipelineServers({
        config,
        partitions,
        referenceFiles: isLoaded ? undefined : referenceFiles,
        logger: this.#logger.child({ pipeline: key }),
        onChange: () => this.#onChange(key),
      });
      this.#entries.set(key, { settings, servers });
      return servers.snapshot;
    } catch (error) {
      const setUp = { state: 'Failed', part: 'Topics', reason: 'InvalidSettings', message: oneLine(error) } as const;
      return { ...UNKNOWN_SERVERS, setUp };
    }
  }

  async forget(key: string): Promise<void> {
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    await known?.servers.close().catch((error: unknown) => {
      this.#logger.warn({ pipeline: key, reason: oneLine(error) }, 'connections were not closed in order');
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map(async (key) => this.forget(key)));
  }
}
