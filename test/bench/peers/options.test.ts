import { expect, test } from 'vitest';
import { PEERS } from './contenders.ts';
import { parsePeersOptions } from './options.ts';

test('without a name all contenders run, with names those, in the order of the document', () => {
  expect(parsePeersOptions([])).toMatchObject({ peers: PEERS, transactions: 2_000_000, pairs: 5 });
  expect(parsePeersOptions(['clickhouse', 'naive', '--pairs', '1'])).toMatchObject({
    peers: [{ name: 'naive' }, { name: 'clickhouse' }],
    pairs: 1,
  });
  expect(parsePeersOptions(['--', 'naive'])).toMatchObject({ peers: [{ name: 'naive' }] });
});

test('a name that nobody has, and a number that is none, are refused with what would be right', () => {
  expect(() => parsePeersOptions(['spork'])).toThrow('there is no contender spork: name some of naive, clickhouse');
  expect(() => parsePeersOptions(['--paced-seconds', '111'])).toThrow('at most 110');
  expect(() => parsePeersOptions(['--pairs', '0'])).toThrow('--pairs takes a whole number above 0, not 0');
});
