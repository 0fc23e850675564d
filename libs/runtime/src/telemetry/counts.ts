/** Counters that stages report. The names become `tillstream_<name>_total` with the labels that are set. */
export type CounterName =
  | 'records_sent'
  | 'records_read'
  | 'rows_written'
  | 'rows_quarantined'
  | 'rows_duplicate'
  | 'rows_conflicting'
  | 'rows_dropped'
  | 'rows_late'
  | 'rows_clock_ahead'
  | 'duplicates_cross_partition'
  | 'expectation_passed'
  | 'expectation_failed'
  | 'cold_look_ups'
  | 'files_loaded'
  | 'commands_done'
  | 'commands_failed';

/** Labels come from closed sets: datasets and rules are declared. Stores and items are never labels. */
type CountLabels = { readonly dataset: string; readonly rule?: string };

export type Count = CountLabels & { readonly name: CounterName; readonly value: number };
