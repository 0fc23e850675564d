const KEY_BYTES_OF_UNREADABLE = 64;

export type KeyField = 'trans_id' | 'store_id';

/**
 * The record key of a message: the text of its field, or, where that cannot be read, its first bytes, so that the
 * same bad message always takes the same partition. Null for a message without content.
 */
export function messageKey(value: Buffer | null, field: KeyField, document = parseDocument(value)): Buffer | null {
  if (value === null || value.length === 0) return null;
  const content = document[field];
  if (field === 'trans_id' && typeof content === 'string' && content !== '') return Buffer.from(content);
  if (field === 'store_id' && Number.isSafeInteger(content)) return Buffer.from(String(content));
  return value.subarray(0, KEY_BYTES_OF_UNREADABLE);
}

/** The fields of a message, none where it is no JSON object. Reads what `JSON.parse` reads, without judging it. */
export function parseDocument(value: Buffer | null): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(value?.toString('utf8') ?? '');
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
