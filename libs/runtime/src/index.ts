export { oneLine, UserError } from './errors.ts';
export type { Count, CounterName } from './telemetry/counts.ts';
export { FRESHNESS_BOUNDS_SECONDS, FreshnessHistogram } from './telemetry/freshness.ts';
export { HOPS, Telemetry } from './telemetry/telemetry.ts';
export { NOTHING_VISIBLE, type Confirm, type News, type Stage, type StageOutput } from './worker/stage.ts';
export {
  Worker,
  type AssignedPartition,
  type WorkerLimits,
  type WorkerOptions,
  type WorkerState,
  type WorkerStatus,
} from './worker/worker.ts';
export { BlockBuilder } from './blocks/block-builder.ts';
export { touchBlocks } from './blocks/touch-blocks.ts';
export { optionalText, parseConfig, wholeNumber } from './config.ts';
export { exportProcessMetrics } from './telemetry/process-metrics.ts';
export { startHealthServer, type HealthServer } from './telemetry/health-server.ts';
export { createLogger, silentLogger, type Logger } from './telemetry/logger.ts';
export { EventLog, lineageEvents, type PipelineEvent } from './telemetry/event-log.ts';
export type { Service, ServicePorts, Task } from './service/ports.ts';
export { clickHouseOptions, kafkaOptions, natsSecurity } from './service/connections.ts';
export { untilToldToStop } from './service/lifetime.ts';
export { VERSION } from './service/version.ts';
export { runService, type ServiceDefinition } from './service/run-service.ts';
export { senderConfig, serviceConfig, type ServiceConfig } from './service/service-config.ts';
export { loadReferenceData } from './set-up/reference-loader.ts';
export { createTopics, setUp, type SetUpOptions } from './set-up/set-up.ts';
export { command, type Command, type CommandAnswer } from './control/command.ts';
export { controlWorker, type ControlOptions } from './control/control-worker.ts';
export { openNatsSignal, type NatsSignalOptions } from './control/open-nats-signal.ts';
export type { Presence } from './control/presence.ts';
export { Roster, type RosterOptions } from './control/roster.ts';
export { sendCommand, sendCommandToAll, type CommandAddress, type CommandToSend } from './control/send-command.ts';
