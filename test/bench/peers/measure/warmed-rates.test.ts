import { expect, test } from 'vitest';
import { warmedRates } from './warmed-rates.ts';

// Two records for each transaction.
const input = { transactions: 1000, records: 2000 };

test('the first tenth is not counted', () => {
  const samples = [
    { seconds: 5, records: 0, cpuSeconds: 4, brokerCpuSeconds: 4, harnessCpuSeconds: 0 },
    { seconds: 6, records: 400, cpuSeconds: 5, brokerCpuSeconds: 5, harnessCpuSeconds: 0 },
    { seconds: 7, records: 1600, cpuSeconds: 6, brokerCpuSeconds: 6, harnessCpuSeconds: 0 },
    { seconds: 10, records: 2000, cpuSeconds: 7, brokerCpuSeconds: 7, harnessCpuSeconds: 0 },
  ];
  // 800 transactions in 4 seconds for 2 CPU-seconds.
  expect(warmedRates(samples, input)).toEqual({
    transactionsPerSecond: 200,
    cpuSecondsPerMillion: 2500,
    brokerCpuSecondsPerMillion: 2500,
    harnessCpuSecondsPerMillion: 0,
  });
});

test('a contender that shows most of its work at once is taken from its start', () => {
  const samples = [
    { seconds: 4, records: 1200, cpuSeconds: 3, brokerCpuSeconds: 3, harnessCpuSeconds: 0 },
    { seconds: 5, records: 2000, cpuSeconds: 5, brokerCpuSeconds: 5, harnessCpuSeconds: 0 },
  ];
  expect(warmedRates(samples, input)).toEqual({
    transactionsPerSecond: 200,
    cpuSecondsPerMillion: 5000,
    brokerCpuSecondsPerMillion: 5000,
    harnessCpuSecondsPerMillion: 0,
  });
});
