import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '@tillstream/log';
import { afterAll, describe } from 'vitest';
import { logContract } from './log-contract.ts';

describe('the embedded log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-contract-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  logContract({ open: async () => openEmbeddedLog({ path: join(folder, `${files++}.sqlite`) }) });
});
