import { describe, expect, test } from 'vitest';
import { Telemetry } from './telemetry.ts';

/** Series by name and labels, as Prometheus would read them. */
async function scrape(telemetry: Telemetry): Promise<ReadonlyMap<string, number>> {
  const lines = (await telemetry.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

function used(): Telemetry {
  const telemetry = new Telemetry('till');
  telemetry.count('silver', [
    { name: 'records_read', dataset: 'pos.inventory-change', value: 3 },
    { name: 'records_read', dataset: 'pos.inventory-change', value: 4 },
    { name: 'rows_quarantined', dataset: 'quarantine', rule: 'invalid_json', value: 2 },
    { name: 'rows_late', dataset: 'inventory_change', value: 0 },
  ]);
  telemetry.batchDone('silver', { batchSeconds: 0.2, insertSeconds: 0.03, stateBytes: 4096 });
  telemetry.lag('silver', { records: 12, seconds: 3 });
  telemetry.visible({ timestamps: Float64Array.of(0, 900), silverTookSum: 1300 }, { takenAt: 940, writtenAt: 1000 });
  return telemetry;
}

describe('metrics', () => {
  test('have a series for every figure, with the labels of the design', async () => {
    const series = await scrape(used());
    const ofService = '{pipeline="till",service="silver"}';
    expect(Object.fromEntries(series)).toMatchObject({
      'tillstream_records_read_total{pipeline="till",service="silver",dataset="pos.inventory-change",rule=""}': 7,
      'tillstream_rows_quarantined_total{pipeline="till",service="silver",dataset="quarantine",rule="invalid_json"}': 2,
      [`tillstream_batch_seconds_count${ofService}`]: 1,
      [`tillstream_batch_seconds_sum${ofService}`]: 0.2,
      [`tillstream_insert_seconds_sum${ofService}`]: 0.03,
      [`tillstream_state_bytes${ofService}`]: 4096,
      [`tillstream_lag_records${ofService}`]: 12,
      [`tillstream_lag_seconds${ofService}`]: 3,
      'tillstream_freshness_seconds_sum{pipeline="till"}': 1.1,
      'tillstream_freshness_seconds_count{pipeline="till"}': 2,
      'tillstream_freshness_hop_seconds_total{pipeline="till",hop="till_to_silver"}': 0.4,
      'tillstream_freshness_hop_seconds_total{pipeline="till",hop="silver_to_gold"}': 0.58,
      'tillstream_freshness_hop_seconds_total{pipeline="till",hop="gold_to_reader"}': 0.12,
      'tillstream_freshness_seconds_bucket{pipeline="till",le="0.005"}': 0,
      'tillstream_freshness_seconds_bucket{pipeline="till",le="+Inf"}': 2,
    });
  });

  test('are numbers, whether anything was measured or not', async () => {
    for (const telemetry of [new Telemetry('till'), used()]) {
      const series = await scrape(telemetry);
      expect(series.size).toBeGreaterThan(10);
      expect([...series].filter(([, value]) => Number.isNaN(value))).toEqual([]);
    }
  });

  test('leave out what was never counted', async () => {
    expect([...(await scrape(used())).keys()].filter((name) => name.includes('rows_late'))).toEqual([]);
  });

  test('of freshness cumulate up to the number of records', async () => {
    const buckets = [...(await scrape(used()))].filter(([name]) => name.includes('freshness_seconds_bucket'));
    const counts = buckets.map(([, value]) => value);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBe(2);
  });

  test('explain themselves', async () => {
    const text = await used().registry.metrics();
    const helps = text.split('\n').filter((line) => line.startsWith('# HELP'));
    expect(helps.length).toBeGreaterThan(15);
    expect(helps.filter((line) => line.split(' ').length < 5)).toEqual([]);
  });

  test('are not shared between processes of one test', () => {
    expect(new Telemetry('other').total('records_read', 'pos.inventory-change')).toBe(0);
  });
});

test('totals are by counter, dataset and rule', () => {
  const telemetry = used();
  expect(telemetry.total('records_read', 'pos.inventory-change')).toBe(7);
  expect(telemetry.total('rows_quarantined', 'quarantine', 'invalid_json')).toBe(2);
  expect(telemetry.total('rows_quarantined', 'quarantine')).toBe(0);
});
