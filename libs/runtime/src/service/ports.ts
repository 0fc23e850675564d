import type { Log } from '@tillstream/log';
import type { Signal } from '@tillstream/signal';
import type { Store } from '@tillstream/store';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Command } from '../control/command.ts';
import type { Worker } from '../worker/worker.ts';

/** What a service is made over: the same services run over embedded ports and over Kafka, ClickHouse and NATS. */
export type ServicePorts = {
  /** Name in metrics and subjects. */
  readonly pipeline: string;
  readonly log: Log;
  readonly store: Store;
  readonly signal: Signal;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Something that runs beside a worker, until it is told to stop. When it rejects, the process must end. */
export interface Task {
  run(): Promise<void>;
  stop(): void;
}

/** A service that has not been started yet. */
export type Service = {
  readonly worker: Worker;
  readonly tasks: readonly Task[];
  /** What it can be told to do besides what every worker can. */
  readonly commands: readonly Command[];
};
