import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { malformedMessages } from './support/malformed-messages.ts';
import { writeReplayFolder } from './support/replay-folder.ts';
import { query, run, temporaryFolder } from './support/run-demo.ts';

const MESSAGES = 100_000;

test('100,000 malformed messages are quarantined once each, with a reason, and spoil nothing', async () => {
  const [folder, data] = [temporaryFolder(), temporaryFolder()];
  writeReplayFolder(folder);
  writeFileSync(join(folder, 'malformed.jsonl'), malformedMessages(MESSAGES, 7));

  const { code, lastLine, stderr } = await run('demo', ['--replay', folder, '--data', data]);
  expect(stderr).not.toMatch(/demo: /);
  expect(lastLine).toBe('inventory: 2 rows, 0 differences');
  expect(code).toBe(0);

  const [found] = await query<Record<string, string>>(
    data,
    `SELECT count() AS rows, uniqExact(source_partition, source_offset) AS records, countIf(empty(rules)) AS without_reason
     FROM quarantine`,
  );
  expect(found).toEqual({ rows: String(MESSAGES), records: String(MESSAGES), without_reason: '0' });
  const rules = await query<{ rule: string }>(data, 'SELECT DISTINCT arrayJoin(rules) AS rule FROM quarantine');
  expect(new Set(rules.map(({ rule }) => rule))).toEqual(
    new Set([
      'empty_message',
      'message_too_large',
      'invalid_utf8',
      'nested_too_deep',
      'invalid_json',
      'not_an_object',
      'forbidden_field',
      'number_out_of_range',
      'invalid_trans_id',
      'invalid_store_id',
      'invalid_date_time',
      'invalid_change_type_id',
      'no_items',
      'invalid_item',
      'invalid_item_id',
      'invalid_quantity',
    ]),
  );
});
