import { runService, serviceConfig } from '@tillstream/runtime';
import { z } from 'zod';
import { bronzeConfig } from './config.ts';
import { createBronze } from './create-bronze.ts';
import { BRONZE_SERVICE } from './records/stage.ts';

const config = z.object({ ...serviceConfig.shape, ...bronzeConfig.shape });

await runService({
  name: BRONZE_SERVICE,
  config,
  create: async (ports, { BRONZE_INBOX_FOLDER: inbox }) => [createBronze(ports, { inbox })],
});
