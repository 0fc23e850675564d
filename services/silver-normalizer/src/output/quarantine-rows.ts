import { QUARANTINE, type Rejections, type RowBinaryWriter } from '@tillstream/inventory';
import type { Count } from '@tillstream/runtime';
import type { TurnRecords } from '../turn-records.ts';

/** Writes one `quarantine` row for each rejected record, byte for byte. Columns in the order of the declaration. */
export function writeQuarantine(
  records: TurnRecords,
  rejections: Rejections,
  now: number,
  writer: RowBinaryWriter,
): readonly Count[] {
  const byRule = new Map<string, number>();
  for (const [record, rejection] of rejections.byRecord) {
    const { batch, index } = records.locate(record);
    writer.string(batch.topic);
    writer.uint16(batch.partition);
    writer.uint64(batch.offsets[index]!);
    writer.string('');
    writer.uint32(0);
    writer.stringArray([...rejection.rules].sort());
    writer.uint32Array([...rejection.lines].sort((one, other) => one - other));
    writer.dateTime64(batch.timestamps[index]!);
    writer.stringFrom(batch.bytes, batch.keyStart[index]!, batch.keyEnd[index]!);
    writer.stringFrom(batch.bytes, batch.valueStart[index]!, batch.valueEnd[index]!);
    writer.dateTime64(now);
    writer.nullableDateTime64(null);
    writer.uint8(0);
    writer.endRow();
    for (const rule of rejection.rules) byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
  }
  return [...byRule].map(([rule, value]) => ({ name: 'rows_quarantined', dataset: QUARANTINE.name, rule, value }));
}
