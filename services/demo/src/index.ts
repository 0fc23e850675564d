export { existingDataFolder, prepareDataFolder, type DataFolder } from './pipeline/data-folder.ts';
export { EmbeddedPipeline, type PipelineMemory } from './pipeline/embedded-pipeline.ts';
export { isDrained, progressOf } from './pipeline/flow.ts';
