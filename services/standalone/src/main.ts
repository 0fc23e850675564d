import { runService } from '@tillstream/runtime';
import { standaloneConfig } from './config.ts';
import { createStages } from './create-stages.ts';

await runService({ name: 'standalone', config: standaloneConfig, create: createStages });
