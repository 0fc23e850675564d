import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeReplayFolder } from './support/replay-folder.ts';
import { run, temporaryFolder } from './support/run-demo.ts';

/** One line on standard error that names the trouble, nothing on standard output, and a non-zero exit. */
async function expectRefusal(command: 'demo' | 'sql', args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await run(command, args);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
  expect(code).toBeGreaterThan(0);
}

test.for([
  [['--fast'], /--fast/],
  [['--rate', 'many'], /--rate takes/],
  [['--seed', '-1'], /--seed|'-1'/],
  [['--shuffle', '3'], /--shuffle goes with --replay/],
  [['--replay', '/nowhere/at/all'], /\/nowhere\/at\/all/],
  [['--expect', '/nowhere/expected.csv'], /\/nowhere\/expected\.csv/],
  [['surplus'], /surplus/],
] as const)('demo %s is refused in one line', async ([args, message]) => {
  await expectRefusal('demo', [...args, '--data', temporaryFolder()], message);
});

test('a file of the wrong layout is named with its line', async () => {
  const folder = temporaryFolder();
  writeReplayFolder(folder);
  writeFileSync(join(folder, 'inventory_change.txt'), 'a,b,c\n1,2,3\n');
  await expectRefusal('demo', ['--replay', folder, '--data', temporaryFolder()], /inventory_change\.txt.*1.*trans_id/);
});

test('a reference file with a broken row is named with its line', async () => {
  const folder = temporaryFolder();
  writeReplayFolder(folder);
  writeFileSync(join(folder, 'store.txt'), 'store_id,name\n0,online\nfirst,store_001\n');
  await expectRefusal('demo', ['--replay', folder, '--data', temporaryFolder()], /store\.txt:3: store_id/);
});

test('an expected file of the wrong layout is named with its line', async () => {
  const file = join(temporaryFolder(), 'expected.csv');
  writeFileSync(file, 'store,item\n1,2\n');
  await expectRefusal('demo', ['--expect', file, '--data', temporaryFolder()], /expected\.csv:1: expected the columns/);
});

test('a data folder of another version, of another source, or of somebody else is refused', async () => {
  const [folder, data] = [temporaryFolder(), temporaryFolder()];
  writeReplayFolder(folder);
  const first = await run('demo', ['--replay', folder, '--data', data]);
  expect(first.lastLine).toBe('inventory: 2 rows, 0 differences');

  await expectRefusal('demo', ['--transactions', '10', '--data', data], /holds .*, not .*--data/);
  const manifest = join(data, 'tillstream.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"formatVersion": \d+/, '"formatVersion": 999'));
  await expectRefusal('demo', ['--replay', folder, '--data', data], /version 999 .* --data/);
  await expectRefusal('sql', ['SELECT 1', '--data', data], /version 999/);

  const foreign = temporaryFolder();
  writeFileSync(join(foreign, 'letter.txt'), 'not yours');
  await expectRefusal('demo', ['--data', foreign], /no Tillstream data folder/);
});

test('sql needs a store, one statement, and may only read', async () => {
  await expectRefusal('sql', [], /no SQL given/);
  await expectRefusal('sql', ['SELECT 1', '--data', temporaryFolder()], /run the demo first/);
  await expectRefusal('sql', ['SELECT 1', '--format', "CSV'; DROP"], /no output format/);
  const [folder, data] = [temporaryFolder(), temporaryFolder()];
  writeReplayFolder(folder);
  await run('demo', ['--replay', folder, '--data', data]);
  await expectRefusal('sql', ['DROP TABLE pos.inventory_current_rows', '--data', data], /read/);
  await expectRefusal('sql', ['SELECT 1; SELECT 2', '--data', data], /statement|multi/i);
  await expectRefusal('sql', ['SELECT nonsense', '--data', data], /nonsense/);
  const { code, stdout } = await run('sql', [
    'SELECT count() FROM inventory_current',
    '--data',
    data,
    '--format',
    'TSV',
  ]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '2\n' });
});
