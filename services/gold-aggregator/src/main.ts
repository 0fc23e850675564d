import { runService, serviceConfig } from '@tillstream/runtime';
import { z } from 'zod';
import { goldConfig } from './config.ts';
import { createGold } from './create-gold.ts';
import { GOLD_SERVICE } from './stage.ts';

const config = z.object({ ...serviceConfig.shape, ...goldConfig.shape });

await runService({
  name: GOLD_SERVICE,
  config,
  create: async (ports, settings) => [await createGold(ports, settings)],
});
