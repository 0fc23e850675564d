/** Names of the built-in rules: the reasons in `quarantine`, the labels of its metrics. See docs/contracts.md. */
export const RULES = [
  'empty_message',
  'message_too_large',
  'invalid_utf8',
  'nested_too_deep',
  'invalid_json',
  'not_an_object',
  'forbidden_field',
  'number_out_of_range',
  'invalid_trans_id',
  'invalid_store_id',
  'invalid_date_time',
  'invalid_change_type_id',
  'invalid_employee_id',
  'no_items',
  'future_date_time',
  'unknown_store',
  'unknown_change_type',
  'invalid_item',
  'invalid_item_id',
  'invalid_quantity',
  'conflicting_duplicate',
  'malformed_row',
  'malformed_header',
] as const;

export type Rule = (typeof RULES)[number];

/** Rules that hold again once the reference data has grown: what breaks only these is sent again after a reload. */
export const REFERENCE_RULES = ['unknown_store', 'unknown_change_type'] as const satisfies readonly Rule[];

/**
 * Why a record, or some of its entries, did not get through. No entries means the whole record.
 * Declared expectations add their own names to the built-in rules.
 */
export type Rejection = {
  readonly rules: Set<string>;
  readonly lines: Set<number>;
};

/** Rejections by index of the record in its batch: at most one a record, whatever it broke. */
export class Rejections {
  readonly byRecord = new Map<number, Rejection>();

  rejectRecord(record: number, rules: Iterable<string>): void {
    const rejection = this.#of(record);
    for (const rule of rules) rejection.rules.add(rule);
  }

  rejectLine(record: number, line: number, rule: string): void {
    const rejection = this.#of(record);
    rejection.rules.add(rule);
    rejection.lines.add(line);
  }

  /** Whether some record broke one of these rules. */
  haveAny(rules: readonly Rule[]): boolean {
    for (const rejection of this.byRecord.values()) if (rules.some((rule) => rejection.rules.has(rule))) return true;
    return false;
  }

  #of(record: number): Rejection {
    let rejection = this.byRecord.get(record);
    if (rejection === undefined) {
      rejection = { rules: new Set(), lines: new Set() };
      this.byRecord.set(record, rejection);
    }
    return rejection;
  }
}
