export type * from './port.ts';
export type * from './record-batch.ts';
export { RecordBatchBuilder, type OutgoingRecord } from './record-batch-builder.ts';
export { decodeHeaders, encodeHeaders } from './headers.ts';
export { LogError, type LogErrorCode } from './log-error.ts';
export { partitionOf } from './partitioner.ts';
export { openEmbeddedLog, type EmbeddedLog, type EmbeddedLogOptions } from './embedded/embedded-log.ts';
