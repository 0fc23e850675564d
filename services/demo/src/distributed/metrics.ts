import { FRESHNESS_BOUNDS_SECONDS, FreshnessHistogram, HOPS } from '@tillstream/runtime';

type Sample = { readonly name: string; readonly labels: string; readonly value: number };

/** Sums over the metrics of several processes, as Prometheus would make them. */
export class Metrics {
  readonly #samples: readonly Sample[];

  /** Takes the texts of `/metrics`. */
  constructor(texts: readonly string[]) {
    this.#samples = texts.flatMap((text) => text.split('\n').flatMap(sampleOf));
  }

  total(name: string, dataset: string): number {
    const label = `dataset="${dataset}"`;
    return this.#sum((sample) => sample.name === `tillstream_${name}_total` && sample.labels.includes(label));
  }

  freshness(): FreshnessHistogram {
    const histogram = new FreshnessHistogram();
    let below = 0;
    [...FRESHNESS_BOUNDS_SECONDS.map(String), '+Inf'].forEach((bound, bucket) => {
      const isOfBound = ({ name, labels }: Sample): boolean =>
        name === 'tillstream_freshness_seconds_bucket' && labels.includes(`le="${bound}"`);
      const cumulated = this.#sum(isOfBound);
      histogram.counts[bucket] = cumulated - below;
      below = cumulated;
    });
    histogram.total = below;
    return histogram;
  }

  /** What share of the way from till to reader each hop has had, over all records. */
  hopShares(): readonly { readonly hop: string; readonly share: number }[] {
    const seconds = HOPS.map((hop) =>
      this.#sum(
        ({ name, labels }) => name === 'tillstream_freshness_hop_seconds_total' && labels.includes(`hop="${hop}"`),
      ),
    );
    const all = seconds.reduce((sum, one) => sum + one, 0);
    return HOPS.map((hop, index) => ({ hop, share: all === 0 ? 0 : seconds[index]! / all }));
  }

  #sum(isWanted: (sample: Sample) => boolean): number {
    return this.#samples.filter(isWanted).reduce((sum, { value }) => sum + value, 0);
  }
}

function sampleOf(line: string): Sample[] {
  const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, labels, value: Number(value) }];
}
