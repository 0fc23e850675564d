package peers.jvm;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Inserts absolute values into the inventory table over HTTP, as RowBinary. For one thread. */
public final class InventoryWriter {
  private static final int ROW_BYTES = 4 + 4 + 8 + 8;
  private static final int MAX_ROWS = 65_536;

  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI uri;
  private final ByteBuffer rows = ByteBuffer.allocate(MAX_ROWS * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long version = System.currentTimeMillis() << 20;

  public InventoryWriter(String clickHouseUrl, String table) {
    String insert = "INSERT INTO " + table + " (store_id, item_id, current_inventory, version) FORMAT RowBinary";
    this.uri = URI.create(clickHouseUrl + "/?query=" + URLEncoder.encode(insert, StandardCharsets.UTF_8));
  }

  /** Rows of a later call have a greater version, also after a restart. */
  public void add(int storeId, int itemId, long quantity) {
    if (!rows.hasRemaining()) flush();
    rows.putInt(storeId).putInt(itemId).putLong(quantity).putLong(++version);
  }

  /** Returns when ClickHouse has acknowledged all that was added. */
  public void flush() {
    if (rows.position() == 0) return;
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .POST(HttpRequest.BodyPublishers.ofByteArray(rows.array(), 0, rows.position()))
            .build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) throw new IllegalStateException("ClickHouse refused rows: " + response.body());
    } catch (IOException error) {
      throw new IllegalStateException("ClickHouse is not reachable", error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
    rows.clear();
  }
}
