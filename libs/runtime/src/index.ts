export { oneLine, UserError } from './errors.ts';
export type { Count, CounterName } from './telemetry/counts.ts';
export { FreshnessHistogram } from './telemetry/freshness.ts';
export { Telemetry } from './telemetry/telemetry.ts';
export { NOTHING_VISIBLE, type News, type Stage, type StageOutput } from './worker/stage.ts';
export { Worker, type WorkerLimits, type WorkerOptions, type WorkerState, type WorkerStatus } from './worker/worker.ts';
export { parseConfig, wholeNumber } from './config.ts';
export { startHealthServer, type HealthServer } from './telemetry/health-server.ts';
export { createLogger, type Logger } from './telemetry/logger.ts';
