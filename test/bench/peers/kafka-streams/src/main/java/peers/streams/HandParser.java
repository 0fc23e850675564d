package peers.streams;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Reads the bytes in place, in the order of fields that tills write; gives any other record to Jackson. */
final class HandParser implements TransactionParser {
  private static final byte[] TRANS_ID = ascii("{\"trans_id\":\"");
  private static final byte[] STORE_ID = ascii("\",\"store_id\":");
  private static final byte[] DATE_TIME = ascii(",\"date_time\":\"");
  private static final byte[] CHANGE_TYPE_ID = ascii("\",\"change_type_id\":");
  private static final byte[] ITEMS = ascii(",\"items\":[");
  private static final byte[] ITEM_ID = ascii("{\"item_id\":");
  private static final byte[] QUANTITY = ascii(",\"quantity\":");
  private static final long DAY_MS = 86_400_000;

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
    json = bytes;
    at = 0;
    try {
      read(into);
    } catch (Surprise | IndexOutOfBoundsException surprise) {
      jackson.parse(bytes, into);
    }
  }

  private void read(Transaction into) {
    into.clear();
    skip(TRANS_ID);
    while (json[at] != '"') if (json[at++] == '\\') throw SURPRISE;
    skip(STORE_ID);
    into.storeId = integer();
    skip(DATE_TIME);
    into.dateTime = dateTime();
    skip(CHANGE_TYPE_ID);
    into.changeTypeId = (short) integer();
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
    if (at == first || at - first > 9 || json[at] == '.' || json[at] == 'e' || json[at] == 'E') throw SURPRISE;
    return isNegative ? -value : value;
  }

  /** `2011-03-01T10:15:00.000Z` and nothing else. */
  private long dateTime() {
    int day = (digits(0, 4) * 100 + digits(5, 2)) * 100 + digits(8, 2);
    if (day != cachedDay) {
      cachedDayMs = LocalDate.of(day / 10_000, day / 100 % 100, day % 100).atStartOfDay(ZoneOffset.UTC).toEpochSecond() * 1000;
      cachedDay = day;
    }
    long seconds = (digits(11, 2) * 60L + digits(14, 2)) * 60 + digits(17, 2);
    boolean isShaped = json[at + 4] == '-' && json[at + 7] == '-' && json[at + 10] == 'T' && json[at + 13] == ':';
    if (!isShaped || json[at + 16] != ':' || json[at + 19] != '.' || json[at + 23] != 'Z') throw SURPRISE;
    long dateTime = cachedDayMs + Math.min(seconds * 1000, DAY_MS) + digits(20, 3);
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
