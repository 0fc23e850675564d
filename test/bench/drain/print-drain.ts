import type { DrainResult } from './drain.ts';

/** Threads below this share of their process are not named. */
const MIN_SHARE = 0.05;

export function printDrain(result: DrainResult, transactions: number): void {
  const { records, seconds, processes, startUp, mergesAfterwards, differences } = result;
  const perMillion = (cpuSeconds: number): string => (cpuSeconds / (transactions / 1e6)).toFixed(2).padStart(7);
  console.log(`\n${'process'.padEnd(22)} CPU-s/M  peak MiB  start-up CPU-s`);
  let ours = 0;
  for (const [name, { cpuSeconds, peakBytes, threads }] of processes) {
    if (name !== 'kafka' && name !== 'nats') ours += cpuSeconds;
    const mebibytes = (peakBytes / 2 ** 20).toFixed(0).padStart(9);
    const started = startUp.get(name)?.toFixed(1).padStart(10) ?? '';
    console.log(`${name.padEnd(22)} ${perMillion(cpuSeconds)} ${mebibytes} ${started}`);
    const parts = [...threads].filter(([, one]) => one > cpuSeconds * MIN_SHARE).toSorted(([, a], [, b]) => b - a);
    console.log(`  ${parts.map(([thread, one]) => `${thread} ${perMillion(one).trim()}`).join(', ')}`);
  }
  console.log(`${'services, ClickHouse'.padEnd(22)} ${perMillion(ours)}`);
  console.log(`${'merges afterwards'.padEnd(22)} ${perMillion(mergesAfterwards)}`);
  const rate = Math.round(transactions / seconds).toLocaleString('en-US');
  console.log(`${records.toLocaleString('en-US')} records in ${seconds.toFixed(1)} s: ${rate} transactions/s`);
  console.log(`audit: ${differences} differences`);
}
