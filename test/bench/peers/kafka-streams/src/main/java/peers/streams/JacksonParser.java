package peers.streams;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Binds records to classes, as most programs do. */
final class JacksonParser implements TransactionParser {
  record Item(int itemId, int quantity) {}

  record Change(String transId, int storeId, String dateTime, short changeTypeId, List<Item> items) {}

  record Count(int storeId, String dateTime, List<Item> items) {}

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private static final ObjectReader CHANGES = MAPPER.readerFor(Change.class);
  private static final ObjectReader COUNTS = MAPPER.readerFor(Count.class);

  @Override
  public void parse(byte[] json, Transaction into) {
    Change change = read(CHANGES, json);
    into.clear();
    into.storeId = change.storeId();
    into.dateTime = Meaning.dateTime(change.dateTime());
    into.changeTypeId = change.changeTypeId();
    for (Item item : change.items()) into.add(item.itemId(), item.quantity());
  }

  static Count parseCount(byte[] json) {
    return read(COUNTS, json);
  }

  private static <T> T read(ObjectReader reader, byte[] json) {
    try {
      return reader.readValue(json);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
