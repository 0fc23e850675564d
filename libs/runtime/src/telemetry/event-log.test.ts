import { PIPELINE_EVENT, RowBinaryReader } from '@tillstream/inventory';
import type { TableBlock } from '@tillstream/store';
import { expect, test } from 'vitest';
import { EventLog, lineageEvents } from './event-log.ts';
import { Telemetry } from './telemetry.ts';

function openEventLog() {
  const blocks: TableBlock[] = [];
  const telemetry = new Telemetry('test');
  const store = {
    insert: async (block: TableBlock) => {
      blocks.push({ ...block, bytes: Buffer.from(block.bytes) });
    },
  };
  return { blocks, telemetry, events: new EventLog({ store, telemetry, everyMs: 3_600_000, now: () => 1234 }) };
}

function read(block: TableBlock) {
  expect(block.table).toBe(PIPELINE_EVENT);
  const reader = new RowBinaryReader(block.bytes);
  const rows = [];
  while (!reader.atEnd) {
    const timestamp = reader.int64();
    reader.string();
    const [eventType, level, service, dataset, message, details] = Array.from({ length: 6 }, () => reader.string());
    rows.push({ timestamp, eventType, level, service, dataset, message, details: JSON.parse(details!) as unknown });
  }
  return rows;
}

test('what flowed and which rules broke is noted once, at the latest when it stops', async () => {
  const { blocks, telemetry, events } = openEventLog();
  const running = events.run();
  telemetry.count('silver', [
    { name: 'rows_written', dataset: 'inventory_change', value: 5 },
    { name: 'expectation_failed', dataset: 'inventory_change', rule: 'known_item', value: 2 },
  ]);
  telemetry.count('silver', [{ name: 'rows_written', dataset: 'inventory_change', value: 1 }]);
  events.stop();
  await running;
  expect(blocks.flatMap(read)).toEqual([
    {
      timestamp: 1234,
      eventType: 'flow_progress',
      level: 'METRICS',
      service: 'silver',
      dataset: 'inventory_change',
      message: 'rows_written 6',
      details: {
        metrics: { rows_written: 6 },
        data_quality: [{ rule: 'known_item', expectation_failed: 2 }],
      },
    },
  ]);
  expect(telemetry.takeCounts()).toEqual([]);
});

test('when nothing flowed, nothing is noted', async () => {
  const { blocks, events } = openEventLog();
  const running = events.run();
  events.stop();
  await running;
  expect(blocks).toEqual([]);
});

test('lineage names every dataset with what it is made from', () => {
  const gold = lineageEvents().find(({ dataset }) => dataset === 'inventory_current');
  expect(gold?.details).toEqual({
    inputs: ['pos.silver.inventory', 'store', 'inventory_change_type'],
    layer: 'gold',
  });
});
