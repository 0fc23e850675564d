import { runService, serviceConfig } from '@tillstream/runtime';
import { z } from 'zod';
import { silverConfig } from './config.ts';
import { createSilver } from './create-silver.ts';
import { SILVER_SERVICE } from './stage.ts';

const config = z.object({ ...serviceConfig.shape, ...silverConfig.shape });

await runService({
  name: SILVER_SERVICE,
  config,
  create: async (ports, settings) => [await createSilver(ports, settings)],
});
