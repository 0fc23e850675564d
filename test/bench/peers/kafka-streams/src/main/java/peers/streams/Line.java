package peers.streams;

import java.nio.ByteBuffer;

/** What is between the two steps: its key is store and item, its value one of three kinds. */
final class Line {
  static final byte CHANGE = 0;
  static final byte COUNT = 1;
  static final byte CONFLICT = 2;

  private Line() {}

  static byte[] key(int storeId, int itemId) {
    return ByteBuffer.allocate(8).putInt(storeId).putInt(itemId).array();
  }

  static byte[] change(long dateTime, int quantity) {
    return ByteBuffer.allocate(13).put(CHANGE).putLong(dateTime).putInt(quantity).array();
  }

  static byte[] count(CountPosition position, int quantity) {
    ByteBuffer value = ByteBuffer.allocate(1 + CountPosition.BYTES + 4).put(COUNT);
    position.put(value);
    return value.putInt(quantity).array();
  }

  /** With the record that it was in. */
  static byte[] conflict(byte[] record) {
    return ByteBuffer.allocate(1 + record.length).put(CONFLICT).put(record).array();
  }

  static boolean isConflict(byte[] value) {
    return value[0] == CONFLICT;
  }
}
