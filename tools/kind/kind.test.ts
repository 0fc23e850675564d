import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { upCommands } from './commands.ts';

const repository = join(import.meta.dirname, '../..');

test('every tool that is missing is named with its remedy', () => {
  const main = join(import.meta.dirname, 'main.ts');
  const args = ['--conditions=@tillstream/source', main, 'up'];
  const { status, stderr } = spawnSync(process.execPath, args, { env: { PATH: '/nowhere' }, encoding: 'utf8' });
  expect(status).toBe(2);
  for (const tool of ['docker', 'kind', 'helm', 'kubectl'])
    expect(stderr).toMatch(new RegExp(`${tool} is not on PATH: install`));
});

test('the cluster is made once, from files that are there', () => {
  const programs = (exists: boolean) => upCommands(repository, exists).map(([program, verb]) => `${program} ${verb}`);
  expect(programs(false)).toContain('kind create');
  expect(programs(true)).not.toContain('kind create');
  const files = upCommands(repository, false)
    .flat()
    .filter((argument) => argument.startsWith(repository));
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
