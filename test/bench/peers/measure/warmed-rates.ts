/** Where a run stood at one moment; all of it since its start. CPU of the broker and of the benchmark itself is apart. */
export type Sample = {
  readonly seconds: number;
  readonly records: number;
  readonly cpuSeconds: number;
  readonly brokerCpuSeconds: number;
  readonly harnessCpuSeconds: number;
};

type Cpu = 'cpuSeconds' | 'brokerCpuSeconds' | 'harnessCpuSeconds';

/** CPU is for a million transactions. */
export type Rates = {
  readonly transactionsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly brokerCpuSecondsPerMillion: number;
  readonly harnessCpuSecondsPerMillion: number;
};

/** So much of the input is for starting up, joining groups and compiling. */
const WARM_UP_SHARE = 0.1;
/** A contender whose first sign of life comes later than this is taken from its start. */
const LATEST_START_SHARE = 0.5;

const NOTHING: Sample = { seconds: 0, records: 0, cpuSeconds: 0, brokerCpuSeconds: 0, harnessCpuSeconds: 0 };

/**
 * Rates between the first sample behind a tenth of the records and the last sample, which is the right answer. When more
 * than half was done by then there is too little left to judge by, and the rates are those of the whole run.
 */
export function warmedRates(
  samples: readonly Sample[],
  { transactions, records }: { readonly transactions: number; readonly records: number },
): Rates {
  const warm = samples.find((sample) => sample.records >= records * WARM_UP_SHARE);
  const isUsable = warm !== undefined && warm.records <= records * LATEST_START_SHARE;
  const from = isUsable ? warm : NOTHING;
  const to = samples.at(-1)!;
  const done = ((to.records - from.records) / records) * transactions;
  const perMillion = (cpu: Cpu): number => ((to[cpu] - from[cpu]) / done) * 1e6;
  return {
    transactionsPerSecond: done / (to.seconds - from.seconds),
    cpuSecondsPerMillion: perMillion('cpuSeconds'),
    brokerCpuSecondsPerMillion: perMillion('brokerCpuSeconds'),
    harnessCpuSecondsPerMillion: perMillion('harnessCpuSeconds'),
  };
}
