import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { cached } from './cache-folder.ts';

const home = mkdtempSync(join(tmpdir(), 'stack-cache-'));
vi.stubEnv('XDG_CACHE_HOME', home);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

test('a folder appears when it is complete, once, whoever is first', async () => {
  const bothFill = Promise.withResolvers<void>();
  let begun = 0;
  const fill = async (folder: string): Promise<void> => {
    if (++begun === 2) bothFill.resolve();
    await bothFill.promise;
    expect(readdirSync(join(home, 'tillstream'))).not.toContain('tool-1');
    await writeFile(join(folder, 'tool'), 'whole');
  };
  const folders = await Promise.all([cached('tool-1', fill), cached('tool-1', fill)]);
  expect(folders).toEqual([join(home, 'tillstream', 'tool-1'), join(home, 'tillstream', 'tool-1')]);
  expect(readFileSync(join(home, 'tillstream', 'tool-1', 'tool'), 'utf8')).toBe('whole');
  await cached('tool-1', () => Promise.reject(new Error('filled twice')));
  expect(readdirSync(join(home, 'tillstream'))).toEqual(['tool-1']);
});

test('a download that fails leaves nothing behind', async () => {
  await expect(cached('tool-2', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(readdirSync(join(home, 'tillstream'))).not.toContain('tool-2');
});
