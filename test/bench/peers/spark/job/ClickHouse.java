package peers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Inserts rows of (store_id, item_id, current_inventory, version) as RowBinary over HTTP. */
final class ClickHouse {
  private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final int ROW_BYTES = 4 + 4 + 8 + 8;
  /** The latest write of a key stays, also after a restart. */
  private static final AtomicLong VERSION = new AtomicLong(System.currentTimeMillis() * 1000);

  private ClickHouse() {}

  /** `rows` by key, which is the store times 2^32 and the item. */
  static void insert(String url, Map<Long, Long> rows) {
    long version = VERSION.incrementAndGet();
    ByteBuffer body = ByteBuffer.allocate(rows.size() * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    rows.forEach((key, current) ->
        body.putInt((int) (key >> 32)).putInt((int) (long) key).putLong(current).putLong(version));
    HttpRequest request = HttpRequest.newBuilder(URI.create(url))
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.array()))
        .build();
    try {
      HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) throw new IllegalStateException("ClickHouse: " + response.body());
    } catch (IOException error) {
      throw new IllegalStateException("ClickHouse cannot be reached", error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writing to ClickHouse", error);
    }
  }
}
