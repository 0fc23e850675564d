export type { IdentityColumns, SilverHistory } from './history.ts';
export { SILVER_SERVICE, SilverStage, type SilverStageOptions } from './stage.ts';
export { loadReferenceData } from './reference/reference-loader.ts';
export { replayedSchema, silverCommands, type SilverCommandOptions } from './commands.ts';
export { replayQuarantine } from './replay/quarantine-replay.ts';
export { storeHistory } from './store-history.ts';
export { silverConfig, type SilverConfig } from './config.ts';
