import type { Logger } from '@tillstream/runtime';
import { isCode } from '../kubernetes/api-error.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import type { EventRecorder, ObjectEvent } from '../kubernetes/event-recorder.ts';
import { PIPELINE_RUNS } from '../kubernetes/kinds.ts';
import type { ObjectToWrite } from '../kubernetes/object.ts';
import { ownedBy } from '../plan/labels.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { resultOf, type PipelineRun } from '../resources/pipeline-run.ts';
import type { RunUpdate } from '../runs/run-outcome.ts';
import { Written } from './written.ts';

export type RunsWriterOptions = {
  readonly api: Pick<ApiServer, 'apply' | 'create'>;
  readonly events: EventRecorder;
  readonly logger: Logger;
  /** What the Pipeline's readers are told. */
  readonly tell: (pipeline: Pipeline, events: readonly ObjectEvent[]) => Promise<void>;
};

/** Runs as the API server has them: made, adopted, and their status. */
export class RunsWriter {
  readonly #options: RunsWriterOptions;
  readonly #statuses = new Written<PipelineRun['status']>();

  constructor(options: RunsWriterOptions) {
    this.#options = options;
  }

  /** With the status that was written last. */
  latest(run: PipelineRun): PipelineRun {
    return { ...run, status: this.#statuses.get(run) ?? run.status };
  }

  keep(runs: readonly PipelineRun[]): void {
    this.#statuses.keep(runs);
  }

  /** One that is due by a schedule. */
  async start(createRun: ObjectToWrite | undefined): Promise<void> {
    if (createRun === undefined) return;
    const { api, logger } = this.#options;
    const run = { apiVersion: PIPELINE_RUNS.apiVersion, kind: PIPELINE_RUNS.kind, ...createRun };
    try {
      await api.create(PIPELINE_RUNS, run);
      logger.info({ run: createRun.metadata.name }, 'a run is due');
    } catch (error) {
      // Created before a crash kept its time from being noted.
      if (!isCode(error, 409)) throw error;
    }
  }

  /** What becomes of a run, told when it begins and ends. */
  async write(pipeline: Pipeline, update: RunUpdate): Promise<void> {
    const { run, status } = update;
    const isOwned = (run.metadata as { readonly ownerReferences?: readonly unknown[] }).ownerReferences !== undefined;
    const { name, namespace } = run.metadata;
    if (!isOwned) {
      const owned = { metadata: { name, namespace, ownerReferences: ownedBy(pipeline) } };
      await this.#options.api.apply(PIPELINE_RUNS, owned, 'tillstream-operator');
    }
    if (!(await this.note(update))) return;
    const events = [...runEvents(run, status), ...(update.events ?? [])];
    if (events.length === 0) return;
    await this.#options.tell(pipeline, events);
    await this.#options.events.record(run, events);
  }

  /** Whether it was another one. */
  async note({ run, status }: RunUpdate): Promise<boolean> {
    const before = this.#statuses.get(run) ?? run.status;
    if (JSON.stringify(before) === JSON.stringify(status)) return false;
    const { name, namespace } = run.metadata;
    const object = { metadata: { name, namespace }, status };
    await this.#options.api.apply(PIPELINE_RUNS, object, 'tillstream-operator', { part: 'status' });
    this.#statuses.set(run, status);
    return true;
  }
}

function runEvents(run: PipelineRun, status: PipelineRun['status']): readonly ObjectEvent[] {
  const message = status.conditions?.[0]?.message ?? '';
  const about = `${run.spec.type} ${run.metadata.name}`;
  const result = resultOf({ ...run, status });
  if (result === undefined) {
    if (status.startTime === undefined || run.status.startTime !== undefined) return [];
    return [{ type: 'Normal', reason: 'RunStarted', action: run.spec.type, message: `${about}: ${message}` }];
  }
  const type = result === 'Succeeded' ? 'Normal' : 'Warning';
  return [{ type, reason: `Run${result}`, action: run.spec.type, message: `${about}: ${message}` }];
}
