import type { GoldComparison, MissingHistory } from '@tillstream/store';
import type { PipelineRunStatus } from '../resources/pipeline-run.ts';

type Compared = Pick<
  PipelineRunStatus,
  'comparedRows' | 'changedRows' | 'missingRows' | 'removedRows' | 'newerRows' | 'findings'
>;

export function comparedFields({ equalRows, examples, ...counts }: GoldComparison): Compared {
  const { changedRows, missingRows, removedRows, newerRows } = counts;
  const comparedRows = equalRows + changedRows + removedRows;
  return { comparedRows, changedRows, missingRows, removedRows, newerRows, findings: [...examples] };
}

export function comparedText({
  comparedRows = 0,
  changedRows = 0,
  missingRows = 0,
  removedRows = 0,
  newerRows = 0,
}: Compared): string {
  return (
    `of ${comparedRows} rows ${changedRows} had other values and ${removedRows} are not in silver; ` +
    `${missingRows} were missing, ${newerRows} are newer than what was computed`
  );
}

/** Of so many partitions. */
const MOST_PARTITIONS = 8;

export function historyText(missing: readonly MissingHistory[]): string {
  const records = missing.reduce((sum, one) => sum + one.missing, 0);
  const parts = missing.slice(0, MOST_PARTITIONS).map(({ topic, partition, start, missing: lacking }) => {
    return `${topic}/${partition} begins at ${start}, bronze has ${start - lacking} of the ${start} before`;
  });
  const more = missing.length > MOST_PARTITIONS ? `; and ${missing.length - MOST_PARTITIONS} more partitions` : '';
  return `${records} records are neither in the topics nor in bronze: ${parts.join('; ')}${more}`;
}
