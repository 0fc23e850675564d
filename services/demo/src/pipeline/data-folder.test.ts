import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { existingDataFolder, prepareDataFolder } from './data-folder.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'data-folder-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a data folder is opened again for its source, and for no other', () => {
  const folder = prepareDataFolder(root, 'a source');
  expect(prepareDataFolder(root, 'a source')).toEqual(folder);
  expect(existingDataFolder(root)).toEqual(folder);
  expect(() => prepareDataFolder(root, 'another')).toThrow(`${root} holds a source, not another`);
});

test('what a killed start has left is taken up', () => {
  writeFileSync(join(root, 'tillstream.json.part'), '{"form');
  prepareDataFolder(root, 'a source');
  rmSync(join(root, 'store'), { recursive: true });
  const { storeFolder } = prepareDataFolder(root, 'a source');
  expect(readdirSync(storeFolder)).toEqual([]);
});

test("somebody else's folder is refused and left as it is", () => {
  writeFileSync(join(root, 'notes.txt'), 'mine');
  expect(() => prepareDataFolder(root, 'a source')).toThrow('is no Tillstream data folder and not empty');
  expect(readdirSync(root)).toEqual(['notes.txt']);
});
