import { oneLine } from '@tillstream/runtime';
import type { Contender } from './contender.ts';
import { loadBroker, type LoadedBroker } from './input/loaded-broker.ts';
import type { PeersOptions } from './options.ts';
import { leftText, TimeLeft } from './measure/time-left.ts';
import { OURS } from './ours/ours.ts';
import { describeMachine } from './report/machine.ts';
import type { Conditions, Outcome, PairResult, PeerResult, RunFigures } from './report/results.ts';
import { drain, type Judged } from './run/drain.ts';
import { gate } from './run/gate.ts';
import { paced, type PacedFigures } from './run/paced.ts';

/** Records a second of the paced run that is the same for all. */
const PACE = 5000;

export type Reporting = {
  /** Gets a line at each step. */
  readonly say: (line: string) => void;
  /** Gets what there is after each pair: a run of hours that ends half-way has not been for nothing. */
  readonly save: (result: PeerResult) => Promise<void>;
};

/** Runs all pairs. `root` takes the data. Throws when ours fails: a ratio to a wrong answer says nothing. */
export async function runCampaign(
  options: PeersOptions,
  root: string,
  { say, save }: Reporting,
): Promise<readonly Outcome[]> {
  await OURS.prepare();
  const machine = await describeMachine(root);
  say(`loading ${options.transactions.toLocaleString('en-US')} transactions …`);
  const loaded = await loadBroker(root, options.transactions);
  const { transactions, records, lines, answer } = loaded;
  const { pacedSeconds } = options;
  const conditions = { machine, transactions, records, lines, keys: answer.size, pacedSeconds, pace: PACE };
  const campaign = new Campaign(options, loaded, { root, say });
  await campaign.gateOurs();
  const outcomes: Outcome[] = [];
  for (const peer of options.peers) outcomes.push(await against(campaign, peer, { conditions, say, save }));
  return outcomes;
}

type PeerReporting = Reporting & { readonly conditions: Conditions };

/** All pairs with one contender. That it fails by itself ends its part only. */
async function against(
  campaign: Campaign,
  peer: Contender,
  { conditions, say, save }: PeerReporting,
): Promise<Outcome> {
  const { name } = peer;
  let outcome: Outcome = { pairs: [] };
  try {
    for await (outcome of campaign.against(peer)) await save({ name, conditions, ...outcome });
  } catch (error) {
    if (error instanceof OurFailure) throw error;
    outcome = { pairs: 'pairs' in outcome ? outcome.pairs : [], failed: oneLine(error) };
    await save({ name, conditions, ...outcome });
  }
  if ('wrong' in outcome) say(`${name}: wrong answer ${outcome.wrong}`);
  if ('failed' in outcome) say(`${name}: failed: ${outcome.failed}`);
  return outcome;
}

class OurFailure extends Error {}

class Campaign {
  readonly #options: PeersOptions;
  readonly #loaded: LoadedBroker;
  readonly #root: string;
  readonly #say: (line: string) => void;
  readonly #timeLeft: TimeLeft;

  constructor(
    options: PeersOptions,
    loaded: LoadedBroker,
    { root, say }: { readonly root: string; readonly say: (line: string) => void },
  ) {
    this.#options = options;
    this.#loaded = loaded;
    this.#root = root;
    this.#say = say;
    this.#timeLeft = new TimeLeft(options.peers.length, options.pairs);
  }

  async gateOurs(): Promise<void> {
    const wrong = await this.#ours(async () => this.#gate(OURS));
    if (wrong !== undefined) throw new OurFailure(`Tillstream's own answer is wrong ${wrong}`);
  }

  /** Ours and theirs in turn; yields what there is after each pair. */
  async *against(peer: Contender): AsyncGenerator<Outcome> {
    this.#timeLeft.begin();
    this.#say(`${peer.name}: preparing`);
    await peer.prepare();
    let begunAt = performance.now();
    const wrong = await this.#gate(peer);
    this.#timeLeft.warmUpTook(secondsSince(begunAt));
    if (wrong !== undefined) {
      yield { wrong };
      return;
    }
    const pairs: PairResult[] = [];
    for (let pair = 1; pair <= this.#options.pairs; pair++) {
      this.#say(`${peer.name}: pair ${pair} of ${this.#options.pairs}${leftText(this.#timeLeft.seconds)}`);
      begunAt = performance.now();
      const ours = await this.#ours(async () => this.#run(OURS));
      if ('wrong' in ours) throw new OurFailure(`Tillstream's own answer is wrong ${ours.wrong}`);
      const theirs = await this.#run(peer);
      if ('wrong' in theirs) {
        yield theirs;
        return;
      }
      this.#timeLeft.pairTook(secondsSince(begunAt));
      pairs.push({ ours: ours.figures, theirs: theirs.figures });
      yield { pairs };
    }
  }

  async #ours<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new OurFailure(`Tillstream itself failed: ${oneLine(error)}`, { cause: error });
    }
  }

  async #gate(contender: Contender): Promise<string | undefined> {
    this.#say(`${contender.name}: warm-up and check`);
    return gate(contender, this.#loaded, this.#root);
  }

  async #run(contender: Contender): Promise<Judged<RunFigures>> {
    const drained = await drain(contender, this.#loaded, this.#root);
    if ('wrong' in drained) return drained;
    const half = Math.max(1, Math.floor(drained.figures.transactionsPerSecond / 2));
    const seconds = this.#options.pacedSeconds;
    const atPace = await paced(contender, { recordsPerSecond: PACE, seconds }, this.#root);
    if ('wrong' in atPace) return atPace;
    const atHalf = await paced(contender, { recordsPerSecond: half, seconds }, this.#root);
    if ('wrong' in atHalf) return atHalf;
    const figures = { drain: drained.figures, atPace: atPace.figures, atHalf: atHalf.figures };
    this.#say(`${contender.name}: ${inWords(figures)}`);
    return { figures };
  }
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000;
}

function p99({ recordsPerSecond, sentPerSecond, freshnessP99Seconds }: PacedFigures): string {
  const sent = Math.round(sentPerSecond);
  if (Number.isNaN(freshnessP99Seconds)) return `the sender came to ${sent} of ${recordsPerSecond}/s`;
  return `p99 ${freshnessP99Seconds.toFixed(2)} s at ${sent}/s`;
}

function inWords({ drain: drained, atPace, atHalf }: RunFigures): string {
  const rate = (value: number): string => Math.round(value).toLocaleString('en-US');
  return [
    `${rate(drained.transactionsPerSecond)}/s`,
    `${drained.cpuSecondsPerMillion.toFixed(1)} CPU-s per million`,
    `${(drained.peakBytes / 2 ** 30).toFixed(2)} GiB`,
    p99(atPace),
    p99(atHalf),
    `back after ${drained.recoverySeconds.toFixed(1)} s`,
  ].join(', ');
}
