import type { Log } from '@tillstream/log';
import { oneLine } from '@tillstream/runtime';
import {
  compareGold,
  computeGold,
  dropComputedGold,
  missingHistory,
  replaceGold,
  type ComputedGold,
  type GoldComparison,
  type MissingHistory,
  type PartitionStart,
  type Store,
} from '@tillstream/store';
import { touchDiffering } from './touch-differing.ts';

/** What a full refresh has done in ClickHouse and, to touch keys, in Kafka: each can be done again, and takes as long as it takes. */
export type RefreshTask =
  | { readonly step: 'Check'; readonly partitions: readonly PartitionStart[] }
  | {
      readonly step: 'Compute';
      readonly era: number;
      readonly blockEnds: readonly number[];
      readonly cluster: string | undefined;
    }
  | { readonly step: 'Compare' | 'Touch' | 'Replace' | 'Discard'; readonly gold: ComputedGold };

export type RefreshResult = {
  readonly missing?: readonly MissingHistory[];
  readonly computed?: ComputedGold;
  readonly comparison?: GoldComparison;
};

type Servers = { readonly store: Store; readonly log: Log };

/** The task that was begun last, of which run, and how it stands. */
export type RefreshWork = {
  readonly run: string;
  readonly step: RefreshTask['step'];
  readonly outcome:
    | { readonly state: 'Running' }
    | { readonly state: 'Failed'; readonly message: string }
    | { readonly state: 'Done'; readonly result: RefreshResult };
};

const MOST_EXAMPLES = 20;

/** One task at a time, beside everything else; `tell` is called when it begins and ends. */
export class RefreshWorker {
  readonly #tell: (work: RefreshWork) => void;
  #last: RefreshWork | undefined;

  constructor(tell: (work: RefreshWork) => void) {
    this.#tell = tell;
  }

  /** Nothing when it is the last one again, or the last one still runs. */
  start(run: string, task: RefreshTask, servers: Servers): void {
    const last = this.#last;
    if (last?.outcome.state === 'Running' || (last?.run === run && last.step === task.step)) return;
    this.#note({ run, step: task.step, outcome: { state: 'Running' } });
    void perform(task, servers).then(
      (result) => this.#note({ run, step: task.step, outcome: { state: 'Done', result } }),
      (error: unknown) => this.#note({ run, step: task.step, outcome: { state: 'Failed', message: oneLine(error) } }),
    );
  }

  #note(work: RefreshWork): void {
    this.#last = work;
    this.#tell(work);
  }
}

async function perform(task: RefreshTask, { store, log }: Servers): Promise<RefreshResult> {
  switch (task.step) {
    case 'Check':
      return { missing: await missingHistory(store, task.partitions) };
    case 'Compute':
      return { computed: await computeGold(store, task) };
    case 'Compare':
      return { comparison: await compareGold(store, task.gold, MOST_EXAMPLES) };
    case 'Touch':
      await touchDiffering(store, log, task.gold);
      return {};
    case 'Replace':
      await replaceGold(store, task.gold);
      return {};
    case 'Discard':
      await dropComputedGold(store, task.gold.cluster);
      return {};
  }
}
