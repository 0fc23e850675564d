export { bronzeConfig } from './config.ts';
export { createBronze, type BronzeService } from './create-bronze.ts';
export { CountLoader, type CountLoaderOptions } from './count-files/count-loader.ts';
export { listInbox } from './count-files/inbox.ts';
export { BRONZE_SERVICE, BronzeStage } from './records/stage.ts';
