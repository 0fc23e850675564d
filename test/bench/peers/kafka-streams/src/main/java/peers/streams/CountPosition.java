package peers.streams;

import java.nio.ByteBuffer;
import java.util.Comparator;

/** Of a key's counts the one with the greatest position is the latest. */
record CountPosition(long dateTime, int partition, long offset, int index) implements Comparable<CountPosition> {
  static final int BYTES = 8 + 4 + 8 + 4;

  private static final Comparator<CountPosition> ORDER =
      Comparator.comparingLong(CountPosition::dateTime)
          .thenComparingInt(CountPosition::partition)
          .thenComparingLong(CountPosition::offset)
          .thenComparingInt(CountPosition::index);

  static CountPosition from(ByteBuffer bytes) {
    return new CountPosition(bytes.getLong(), bytes.getInt(), bytes.getLong(), bytes.getInt());
  }

  void put(ByteBuffer into) {
    into.putLong(dateTime).putInt(partition).putLong(offset).putInt(index);
  }

  @Override
  public int compareTo(CountPosition other) {
    return ORDER.compare(this, other);
  }
}
