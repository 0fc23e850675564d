export { createGold } from './create-gold.ts';
export type { StockHistory } from './history.ts';
export { GOLD_SERVICE, GoldStage, type GoldStageOptions } from './stage.ts';
export { goldConfig, type GoldConfig } from './config.ts';
