import { writeFileSync } from 'node:fs';
import { writtenFiles } from './chart-files.ts';

for (const { url, content } of writtenFiles()) writeFileSync(url, content);
