package peers.streams;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Lets each (trans_id, item_id) through once. What has been seen of a transaction is one value: its lines, as they were.
 */
final class FirstSeen implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "seen";
  private static final int LINE_BYTES = 4 + 4 + 8 + 4 + 2;
  private static final byte[] NOTHING = {};

  private final TransactionParser parser;
  private final Transaction transaction = new Transaction();
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> seen;

  FirstSeen(TransactionParser parser) {
    this.parser = parser;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    seen = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    parser.parse(record.value(), transaction);
    byte[] before = seen.get(record.key());
    byte[] known = before == null ? NOTHING : before;
    ByteBuffer grown = ByteBuffer.allocate(known.length + transaction.size * LINE_BYTES).put(known);
    for (int index = 0; index < transaction.size; index++) {
      int at = positionOf(transaction.itemIds[index], known);
      if (at < 0) {
        putLine(grown, index);
        forwardChange(record, index);
      } else if (!isSame(known, at, index)) {
        context.forward(record.withValue(Line.conflict(record.value())));
      }
    }
    if (grown.position() == known.length) return;
    seen.put(record.key(), grown.hasRemaining() ? Arrays.copyOf(grown.array(), grown.position()) : grown.array());
  }

  private void forwardChange(Record<byte[], byte[]> record, int index) {
    if (!transaction.leavesShelf()) return;
    byte[] key = Line.key(transaction.storeId, transaction.itemIds[index]);
    context.forward(record.withKey(key).withValue(Line.change(transaction.dateTime, transaction.quantities[index])));
  }

  private static int positionOf(int itemId, byte[] known) {
    ByteBuffer lines = ByteBuffer.wrap(known);
    for (int at = 0; at < known.length; at += LINE_BYTES) if (lines.getInt(at) == itemId) return at;
    return -1;
  }

  private boolean isSame(byte[] known, int at, int index) {
    ByteBuffer line = ByteBuffer.allocate(LINE_BYTES);
    putLine(line, index);
    return Arrays.equals(line.array(), 0, LINE_BYTES, known, at, at + LINE_BYTES);
  }

  private void putLine(ByteBuffer into, int index) {
    into.putInt(transaction.itemIds[index]).putInt(transaction.storeId).putLong(transaction.dateTime);
    into.putInt(transaction.quantities[index]).putShort(transaction.changeTypeId);
  }
}
