export type { StockHistory, StoreAndItem } from './history.ts';
export { GOLD_SERVICE, GoldStage, type GoldStageOptions } from './stage.ts';
export { storeHistory } from './store-history.ts';
export { goldConfig, type GoldConfig } from './config.ts';
export { goldCommands } from './commands.ts';
