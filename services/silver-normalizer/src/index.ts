export type { IdentityColumns, PositionRange, SilverHistory } from './history.ts';
export { SILVER_SERVICE, SilverStage, type SilverStageOptions } from './stage.ts';
export { createSilver, type SilverService } from './create-silver.ts';
export { silverConfig, type SilverConfig } from './config.ts';
