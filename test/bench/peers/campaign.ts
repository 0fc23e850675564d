import type { Contender } from './contender.ts';
import { loadBroker, type LoadedBroker } from './input/loaded-broker.ts';
import type { PeersOptions } from './options.ts';
import { OURS } from './ours/ours.ts';
import type { PairResult, PeerResult, PeersResult, RunFigures } from './report/results.ts';
import { describeMachine } from './report/machine.ts';
import { drain, type DrainResult } from './run/drain.ts';
import { paced } from './run/paced.ts';

/** Transactions a second of the paced run that is the same for all. */
const PACE = 5000;

export type Reporting = {
  /** Gets a line at each step. */
  readonly say: (line: string) => void;
  /** Gets what there is after each contender: a run of hours that ends half-way has not been for nothing. */
  readonly save: (result: PeersResult) => Promise<void>;
};

/** Runs all pairs. `root` takes the data. */
export async function runCampaign(
  options: PeersOptions,
  root: string,
  { say, save }: Reporting,
): Promise<readonly PeerResult[]> {
  for (const contender of [OURS, ...options.peers]) await contender.prepare();
  const machine = await describeMachine(root);
  say(`loading ${options.transactions.toLocaleString('en-US')} transactions …`);
  const loaded = await loadBroker(root, options.transactions);
  const campaign = new Campaign(options, loaded, { root, say });
  const peers: PeerResult[] = [];
  // Against nobody when ours is wrong: a ratio to a wrong answer says nothing.
  const wrong = await campaign.gate(OURS);
  if (wrong !== undefined) throw new Error(`Tillstream's own answer is wrong ${wrong}`);
  const { transactions, pairs, pacedSeconds } = options;
  const { records, lines, answer } = loaded;
  for (const peer of options.peers) {
    peers.push(await campaign.against(peer));
    await save({ machine, transactions, records, lines, keys: answer.size, pairs, pacedSeconds, pace: PACE, peers });
  }
  return peers;
}

class Campaign {
  readonly #options: PeersOptions;
  readonly #loaded: LoadedBroker;
  readonly #root: string;
  readonly #say: (line: string) => void;

  constructor(
    options: PeersOptions,
    loaded: LoadedBroker,
    { root, say }: { readonly root: string; readonly say: (line: string) => void },
  ) {
    this.#options = options;
    this.#loaded = loaded;
    this.#root = root;
    this.#say = say;
  }

  /** The warm-up, whose figures nobody sees. Returns what is wrong with the answer. */
  async gate(contender: Contender): Promise<string | undefined> {
    this.#say(`${contender.name}: warm-up and check`);
    return wrongIn(await drain(contender, this.#loaded, this.#root));
  }

  /** Ours and theirs in turn. */
  async against(peer: Contender): Promise<PeerResult> {
    const { name } = peer;
    const results: PairResult[] = [];
    let wrong = await this.gate(peer);
    for (let pair = 1; wrong === undefined && pair <= this.#options.pairs; pair++) {
      this.#say(`pair ${pair} of ${this.#options.pairs}`);
      const ours = await this.#run(OURS);
      const theirs = await this.#run(peer);
      if (typeof ours === 'string') throw new Error(`Tillstream's own answer is wrong ${ours}`);
      if (typeof theirs === 'string') wrong = theirs;
      else results.push({ ours, theirs });
    }
    if (wrong !== undefined) this.#say(`${name}: wrong answer ${wrong}`);
    return wrong === undefined ? { name, pairs: results } : { name, wrong };
  }

  /** The figures, or what is wrong with the answer. */
  async #run(contender: Contender): Promise<RunFigures | string> {
    const drained = await drain(contender, this.#loaded, this.#root);
    if (drained.outcome === 'wrong') return wrongIn(drained)!;
    const { figures } = drained;
    const half = Math.max(1, Math.floor(figures.transactionsPerSecond / 2));
    const seconds = this.#options.pacedSeconds;
    const atPace = await paced(contender, { transactionsPerSecond: PACE, seconds }, this.#root);
    const atHalf = await paced(contender, { transactionsPerSecond: half, seconds }, this.#root);
    const rate = Math.round(figures.transactionsPerSecond).toLocaleString('en-US');
    const cpu = figures.cpuSecondsPerMillion.toFixed(1);
    this.#say(
      `${contender.name}: ${rate}/s, ${cpu} CPU-s per million, p99 ${atPace.freshnessP99Seconds.toFixed(2)} s, ` +
        `back after ${figures.recoverySeconds.toFixed(1)} s`,
    );
    return { drain: figures, atPace, atHalf };
  }
}

function wrongIn(result: DrainResult): string | undefined {
  if (result.outcome === 'right') return undefined;
  const { differences, examples } = result.comparison;
  return `${result.when}: ${differences} differences, such as ${examples.join('; ')}`;
}
