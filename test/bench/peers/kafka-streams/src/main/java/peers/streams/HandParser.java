package peers.streams;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * Reads the bytes in place, in the order of fields that tills write; gives any other record to Jackson. `ParserFuzz`
 * compares the two.
 */
final class HandParser implements TransactionParser {
  private static final byte[] TRANS_ID = ascii("{\"trans_id\":\"");
  private static final byte[] STORE_ID = ascii("\",\"store_id\":");
  private static final byte[] DATE_TIME = ascii(",\"date_time\":\"");
  private static final byte[] CHANGE_TYPE_ID = ascii("\",\"change_type_id\":");
  private static final byte[] ITEMS = ascii(",\"items\":[");
  private static final byte[] ITEM_ID = ascii("{\"item_id\":");
  private static final byte[] QUANTITY = ascii(",\"quantity\":");

  private static final class Surprise extends RuntimeException {
    Surprise() {
      super(null, null, false, false);
    }
  }

  private static final Surprise SURPRISE = new Surprise();

  private final JacksonParser jackson = new JacksonParser();
  private byte[] json;
  private int at;
  private int cachedDay = -1;
  private long cachedDayMs;

  @Override
  public void parse(byte[] bytes, Transaction into) {
    if (!parseInPlace(bytes, into)) jackson.parse(bytes, into);
  }

  /** False when there is anything in the record that a till does not write; what is in `into` then is of no use. */
  boolean parseInPlace(byte[] bytes, Transaction into) {
    json = bytes;
    at = 0;
    try {
      read(into);
      return true;
    } catch (Surprise | IndexOutOfBoundsException | DateTimeException surprise) {
      return false;
    }
  }

  private void read(Transaction into) {
    into.clear();
    skip(TRANS_ID);
    while (json[at] != '"') if (json[at] < ' ' || json[at++] == '\\') throw SURPRISE;
    skip(STORE_ID);
    into.storeId = integer();
    skip(DATE_TIME);
    into.dateTime = dateTime();
    skip(CHANGE_TYPE_ID);
    int changeTypeId = integer();
    if (changeTypeId != (short) changeTypeId) throw SURPRISE;
    into.changeTypeId = (short) changeTypeId;
    skip(ITEMS);
    do {
      skip(ITEM_ID);
      int itemId = integer();
      skip(QUANTITY);
      into.add(itemId, integer());
      if (json[at++] != '}') throw SURPRISE;
    } while (json[at++] == ',');
    if (json[at - 1] != ']' || json[at] != '}' || at + 1 != json.length) throw SURPRISE;
  }

  private void skip(byte[] expected) {
    for (byte wanted : expected) if (json[at++] != wanted) throw SURPRISE;
  }

  private int integer() {
    boolean isNegative = json[at] == '-';
    if (isNegative) at++;
    int first = at;
    int value = 0;
    while (json[at] >= '0' && json[at] <= '9') value = value * 10 + json[at++] - '0';
    boolean hasLeadingZero = json[first] == '0' && at - first > 1;
    if (at == first || at - first > 9 || hasLeadingZero || json[at] == '.' || json[at] == 'e' || json[at] == 'E') throw SURPRISE;
    return isNegative ? -value : value;
  }

  /** `2011-03-01T10:15:00.000Z` and nothing else. */
  private long dateTime() {
    int day = (digits(0, 4) * 100 + digits(5, 2)) * 100 + digits(8, 2);
    if (day != cachedDay) {
      cachedDayMs = LocalDate.of(day / 10_000, day / 100 % 100, day % 100).atStartOfDay(ZoneOffset.UTC).toEpochSecond() * 1000;
      cachedDay = day;
    }
    int hours = digits(11, 2);
    int minutes = digits(14, 2);
    int seconds = digits(17, 2);
    if (hours > 23 || minutes > 59 || seconds > 59) throw SURPRISE;
    boolean isShaped = json[at + 4] == '-' && json[at + 7] == '-' && json[at + 10] == 'T' && json[at + 13] == ':';
    if (!isShaped || json[at + 16] != ':' || json[at + 19] != '.' || json[at + 23] != 'Z') throw SURPRISE;
    long dateTime = cachedDayMs + ((hours * 60L + minutes) * 60 + seconds) * 1000 + digits(20, 3);
    at += 24;
    return dateTime;
  }

  private int digits(int from, int count) {
    int value = 0;
    for (int index = at + from; index < at + from + count; index++) {
      if (json[index] < '0' || json[index] > '9') throw SURPRISE;
      value = value * 10 + json[index] - '0';
    }
    return value;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
