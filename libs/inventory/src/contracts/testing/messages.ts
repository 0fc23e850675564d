/** Texts of records, field by field as raw JSON: a test names what differs from a sound record. */
export type RawFields = Readonly<Record<string, string | undefined>>;

const CHANGE: RawFields = {
  trans_id: '"B260DE2D"',
  store_id: '19',
  date_time: '"2011-03-01T10:15:00.000Z"',
  change_type_id: '1',
  items: '[{"item_id":103437,"quantity":-6}]',
};

const COUNT: RawFields = {
  store_id: '19',
  date_time: '"2011-03-01 06:00:00"',
  employee_id: '1019',
  items: '[{"item_id":103437,"quantity":120}]',
};

/** A transaction with these fields instead of its own; undefined leaves a field out. */
export function changeText(fields: RawFields = {}): string {
  return objectText({ ...CHANGE, ...fields });
}

export function countText(fields: RawFields = {}): string {
  return objectText({ ...COUNT, ...fields });
}

function objectText(fields: RawFields): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/** `levels` arrays, one in the other. */
export function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
