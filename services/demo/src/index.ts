export { existingDataFolder, prepareDataFolder, type DataFolder } from './pipeline/data-folder.ts';
export { EmbeddedPipeline, readSettings, type PipelineSettings } from './pipeline/embedded-pipeline.ts';
export { isDrained, PARTITIONS, progressOf } from './pipeline/flow.ts';
export {
  DISTRIBUTED_PARTITIONS,
  DistributedPipeline,
  type DistributedOptions,
} from './distributed/distributed-pipeline.ts';
export { Fleet, type FleetOptions } from './distributed/fleet.ts';
export type { Servers } from './distributed/servers.ts';
export type { ServiceName, ServiceProcess } from './distributed/service-process.ts';
