import { expect, test } from 'vitest';

import { temporaryStore } from '../testing.ts';
import { expectedGoldSql, expectedQuarantineSql } from './auditor.sql.ts';

test('without records bronze expects no gold and no quarantine', async () => {
  await using temporary = await temporaryStore();
  await temporary.store.migrate();
  expect(await temporary.store.query(expectedGoldSql())).toEqual([]);
  expect(await temporary.store.query(expectedQuarantineSql())).toEqual([]);
}, 60_000);
