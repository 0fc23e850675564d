import { median } from './statistics.ts';

/** How long a campaign still takes, by what it has taken: a warm-up of each contender, and its pairs. */
export class TimeLeft {
  readonly #pairsOfEach: number;
  #contendersAfter: number;
  readonly #warmUps: number[] = [];
  readonly #pairs: number[] = [];
  #pairsOfThis: number[] = [];

  constructor(contenders: number, pairsOfEach: number) {
    this.#contendersAfter = contenders;
    this.#pairsOfEach = pairsOfEach;
  }

  /** The next contender's turn, whatever the last one has come to. */
  begin(): void {
    this.#contendersAfter--;
    this.#pairsOfThis = [];
  }

  warmUpTook(seconds: number): void {
    this.#warmUps.push(seconds);
  }

  pairTook(seconds: number): void {
    this.#pairs.push(seconds);
    this.#pairsOfThis.push(seconds);
  }

  /** Contenders whose turn has not come count as the middle one of those before. Undefined before the first pair. */
  get seconds(): number | undefined {
    if (this.#pairs.length === 0) return undefined;
    const pairOfThis = median(this.#pairsOfThis.length > 0 ? this.#pairsOfThis : this.#pairs);
    const another = median(this.#warmUps) + this.#pairsOfEach * median(this.#pairs);
    return (this.#pairsOfEach - this.#pairsOfThis.length) * pairOfThis + this.#contendersAfter * another;
  }
}

/** `, about 3 h 20 min left`; empty for undefined. */
export function leftText(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  const minutes = Math.ceil(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `, about ${hours === 0 ? '' : `${hours} h `}${minutes % 60} min left`;
}
