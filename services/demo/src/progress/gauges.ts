import type { Log } from '@tillstream/log';
import { progressOf, type Progress } from '../pipeline/flow.ts';
import type { FreshnessHistogram } from '@tillstream/runtime';
import type { Gauge } from './progress-view.ts';

/** One gauge for the generator and one for each stage. */
export async function gaugesOf(
  log: Log,
  generated: Progress,
  freshness: FreshnessHistogram,
): Promise<readonly Gauge[]> {
  const freshnessNote = freshness.total === 0 ? '' : `freshness p99 ${freshness.quantile(0.99)} s`;
  const stages = (['bronze', 'silver', 'gold'] as const).map(async (layer): Promise<Gauge> => {
    const { done, total } = await progressOf(log, layer);
    // What is to come counts too, so that the bars fill once and not again and again.
    const expected = layer === 'gold' ? total : Math.max(total, generated.total);
    const unit = layer === 'gold' ? 'blocks' : 'records';
    const isWaiting = done === total && generated.done < generated.total;
    const text = `${done.toLocaleString('en-US')} ${unit}  ${layer === 'gold' ? freshnessNote : ''}`;
    return { name: layer, done, total: isWaiting ? expected : total, note: text };
  });
  const sent = `${generated.done.toLocaleString('en-US')} sent`;
  return [{ name: 'generator', ...generated, note: sent }, ...(await Promise.all(stages))];
}
