package peers.streams;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Compares the hand-made parser with Jackson's on records of tills, and on such records with something changed in them. */
public final class ParserFuzz {
  /** Bytes that mean something in JSON, in numbers and in times, and some that must not be in a text as they are. */
  private static final byte[] TELLING = "\"\\{}[]:,.-+eE0019TZ truefalsn/\t\n\0\u0080".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_CHANGES = 4;

  private final Random random;
  private final HandParser hand = new HandParser();
  private final JacksonParser jackson = new JacksonParser();
  private final Transaction byHand = new Transaction();
  private final Transaction byJackson = new Transaction();

  private ParserFuzz(long seed) {
    random = new Random(seed);
  }

  /** Seed and number of records. Prints how many changed ones were read in place; fails at the first difference. */
  public static void main(String[] args) {
    ParserFuzz fuzz = new ParserFuzz(Long.parseLong(args[0]));
    int count = Integer.parseInt(args[1]);
    int changedInPlace = 0;
    for (int index = 0; index < count; index++) {
      byte[] record = fuzz.recordOfTill();
      if (!fuzz.isReadInPlace(record)) throw new AssertionError("not read in place: " + text(record));
      if (fuzz.isReadInPlace(fuzz.changed(record))) changedInPlace++;
    }
    System.out.println(changedInPlace);
  }

  /** Whether the hand-made parser reads it, and then exactly what Jackson reads. */
  private boolean isReadInPlace(byte[] record) {
    if (!hand.parseInPlace(record, byHand)) return false;
    try {
      jackson.parse(record, byJackson);
    } catch (RuntimeException refused) {
      throw new AssertionError("Jackson refuses " + text(record), refused);
    }
    if (isSame()) return true;
    throw new AssertionError("read differently: " + text(record));
  }

  private boolean isSame() {
    return byHand.storeId == byJackson.storeId
        && byHand.dateTime == byJackson.dateTime
        && byHand.changeTypeId == byJackson.changeTypeId
        && Arrays.equals(byHand.itemIds, 0, byHand.size, byJackson.itemIds, 0, byJackson.size)
        && Arrays.equals(byHand.quantities, 0, byHand.size, byJackson.quantities, 0, byJackson.size);
  }

  private byte[] recordOfTill() {
    StringBuilder items = new StringBuilder();
    for (int left = 1 + random.nextInt(20); left > 0; left--) {
      int quantity = random.nextInt(4) == 0 ? number() : -random.nextInt(10);
      items.append("{\"item_id\":").append(number()).append(",\"quantity\":").append(quantity).append('}');
      if (left > 1) items.append(',');
    }
    String time = String.format(
        "20%02d-%02d-%02dT%02d:%02d:%02d.%03dZ",
        random.nextInt(100), 1 + random.nextInt(12), 1 + random.nextInt(28),
        random.nextInt(24), random.nextInt(60), random.nextInt(60), random.nextInt(1000));
    String record = "{\"trans_id\":\"T-" + Long.toHexString(random.nextLong()) + "\",\"store_id\":" + random.nextInt(2000)
        + ",\"date_time\":\"" + time + "\",\"change_type_id\":" + random.nextInt(6) + ",\"items\":[" + items + "]}";
    return record.getBytes(StandardCharsets.UTF_8);
  }

  /** Of any size, so that short ones come as often as long ones; few of one item, so that entries are added up. */
  private int number() {
    return random.nextInt(1 << random.nextInt(29));
  }

  private byte[] changed(byte[] record) {
    byte[] changed = record;
    for (int left = 1 + random.nextInt(MAX_CHANGES); left > 0; left--) changed = changedOnce(changed);
    return changed;
  }

  private byte[] changedOnce(byte[] record) {
    if (record.length == 0) return record;
    int at = random.nextInt(record.length);
    int length = 1 + random.nextInt(Math.min(12, record.length - at));
    return switch (random.nextInt(6)) {
      case 0 -> spliced(record, at, 1, someByte());
      case 1 -> spliced(record, at, 0, someByte());
      case 2 -> spliced(record, at, length);
      case 3 -> spliced(record, at, 0, Arrays.copyOfRange(record, at, at + length));
      case 4 -> withOtherNumber(record, at);
      default -> spliced(record, at, 1, (byte) (record[at] + 1 - 2 * random.nextInt(2)));
    };
  }

  /** In place of the digits that come next. */
  private byte[] withOtherNumber(byte[] record, int from) {
    int start = from;
    while (start < record.length && !isDigit(record[start])) start++;
    int end = start;
    while (end < record.length && isDigit(record[end])) end++;
    String number = random.nextBoolean() ? Integer.toString(number()) : Long.toString(random.nextLong());
    return spliced(record, start, end - start, number.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean isDigit(byte value) {
    return value >= '0' && value <= '9';
  }

  private byte someByte() {
    return random.nextInt(4) == 0 ? (byte) random.nextInt(256) : TELLING[random.nextInt(TELLING.length)];
  }

  private static byte[] spliced(byte[] record, int at, int without, byte... with) {
    byte[] result = new byte[record.length - without + with.length];
    System.arraycopy(record, 0, result, 0, at);
    System.arraycopy(with, 0, result, at, with.length);
    System.arraycopy(record, at + without, result, at + with.length, record.length - at - without);
    return result;
  }

  private static String text(byte[] record) {
    return new String(record, StandardCharsets.UTF_8);
  }
}
