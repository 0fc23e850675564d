export { existingDataFolder, prepareDataFolder, type DataFolder } from './pipeline/data-folder.ts';
export { EmbeddedPipeline, readSettings, type PipelineSettings } from './pipeline/embedded-pipeline.ts';
export { isDrained, PARTITIONS, progressOf } from './pipeline/flow.ts';
