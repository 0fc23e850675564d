package peers.streams;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import peers.jvm.InventorySink;

/**
 * The latest count of a (store, item) and the changes since. Changes are kept as one sum for each key and time, and only
 * from the latest count on: what is older can never count again.
 */
final class Stock implements Processor<byte[], byte[], Void, Void> {
  static final String COUNTS = "counts";
  static final String CHANGES = "changes";

  private final InventorySink sink;
  private KeyValueStore<byte[], byte[]> counts;
  private KeyValueStore<byte[], byte[]> changes;

  Stock(InventorySink sink) {
    this.sink = sink;
  }

  /** Writes every key: what was committed before a crash may not have reached ClickHouse. */
  @Override
  public void init(ProcessorContext<Void, Void> context) {
    counts = context.getStateStore(COUNTS);
    changes = context.getStateStore(CHANGES);
    try (KeyValueIterator<byte[], byte[]> all = counts.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        write(entry.key, ByteBuffer.wrap(entry.value));
      }
    }
  }

  @Override
  public void process(Record<byte[], byte[]> line) {
    ByteBuffer value = ByteBuffer.wrap(line.value());
    if (value.get() == Line.COUNT) count(line.key(), CountPosition.from(value), value.getInt());
    else change(line.key(), value.getLong(), value.getInt());
  }

  private void change(byte[] key, long dateTime, int quantity) {
    byte[] counted = counts.get(key);
    if (counted != null && dateTime < ByteBuffer.wrap(counted).getLong(0)) return;
    byte[] changeKey = changeKey(key, dateTime);
    byte[] before = changes.get(changeKey);
    changes.put(changeKey, longBytes(quantity + (before == null ? 0 : ByteBuffer.wrap(before).getLong())));
    if (counted == null) return;
    ByteBuffer state = ByteBuffer.wrap(counted.clone());
    state.putLong(CountPosition.BYTES + 4, state.getLong(CountPosition.BYTES + 4) + quantity);
    put(key, state);
  }

  private void count(byte[] key, CountPosition position, int quantity) {
    byte[] counted = counts.get(key);
    if (counted != null && position.compareTo(CountPosition.from(ByteBuffer.wrap(counted))) <= 0) return;
    ByteBuffer state = ByteBuffer.allocate(CountPosition.BYTES + 4 + 8);
    position.put(state);
    state.putInt(quantity).putLong(sumSince(key, position.dateTime()));
    put(key, state);
  }

  /** Forgets what is older. */
  private long sumSince(byte[] key, long dateTime) {
    long sum = 0;
    try (KeyValueIterator<byte[], byte[]> all = changes.range(changeKey(key, 0), changeKey(key, Long.MAX_VALUE))) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        if (ByteBuffer.wrap(entry.key).getLong(key.length) < dateTime) changes.delete(entry.key);
        else sum += ByteBuffer.wrap(entry.value).getLong();
      }
    }
    return sum;
  }

  private void put(byte[] key, ByteBuffer state) {
    counts.put(key, state.array());
    write(key, state);
  }

  private void write(byte[] key, ByteBuffer state) {
    long inventory = state.getInt(CountPosition.BYTES) + state.getLong(CountPosition.BYTES + 4);
    ByteBuffer parts = ByteBuffer.wrap(key);
    sink.put(parts.getInt(), parts.getInt(), inventory);
  }

  private static byte[] changeKey(byte[] key, long dateTime) {
    return ByteBuffer.allocate(key.length + 8).put(key).putLong(dateTime).array();
  }

  private static byte[] longBytes(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }
}
