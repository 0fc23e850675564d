/**
 * Records of one partition as positions over one buffer.
 *
 * There is no object per record: a fetch of 50,000 records is one buffer and a handful of typed arrays, so the
 * cost of a record is what its stage does with the bytes. Record `i` has its key in
 * `bytes[keyStart[i], keyEnd[i])`, its value in `bytes[valueStart[i], valueEnd[i])` and its headers, encoded as
 * ClickHouse RowBinary `Map(String, String)`, in `bytes[headersStart[i], headersEnd[i])`.
 * A start of -1 means null (a tombstone value, a record without key); headers of zero length mean none.
 */
export type RecordColumns = {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly timestamps: Float64Array;
  readonly bytes: Buffer;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly headersStart: Int32Array;
  readonly headersEnd: Int32Array;
};

/** A batch on its way into the log. The order within it is the order of offsets. */
export type OutgoingBatch = RecordColumns & {
  readonly topic: string;
  readonly partition: number;
};

/** A batch as fetched. `offsets` may have gaps (a compacted topic); it always ascends and stays below 2^48. */
export type RecordBatch = RecordColumns & {
  readonly topic: string;
  readonly partition: number;
  readonly offsets: Float64Array;
  /** Where the next fetch begins: one past the last offset that this batch covers. */
  readonly nextOffset: number;
};

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** A place in a partition: everything below `nextOffset` is done. */
export type Position = TopicPartition & { readonly nextOffset: number };
