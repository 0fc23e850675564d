package peers.streams;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** What the records say. The input of the benchmark has the two ids. */
final class Meaning {
  static final int ONLINE_STORE_ID = 0;
  static final short BOPIS_CHANGE_TYPE_ID = 4;

  private Meaning() {}

  /** Milliseconds since 1970 of `YYYY-MM-DD`, `T` or a space, `HH:MM:SS`, and optionally a fraction and `Z`. */
  static long dateTime(String text) {
    int end = text.endsWith("Z") ? text.length() - 1 : text.length();
    String iso = text.substring(0, 10) + 'T' + text.substring(11, end);
    return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC).toEpochMilli();
  }
}
