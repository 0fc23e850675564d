package peers.flink;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import peers.jvm.InventorySink;
import peers.jvm.InventoryWriter;

/** Takes the changes of the inventory query; all subtasks of the process share one writer. */
final class ClickHouseSink implements Sink<Row> {
  private static final long serialVersionUID = 1;
  private static InventorySink shared;

  private final String clickHouseUrl;
  private final String table;

  ClickHouseSink(String clickHouseUrl, String table) {
    this.clickHouseUrl = clickHouseUrl;
    this.table = table;
  }

  @Override
  public SinkWriter<Row> createWriter(WriterInitContext context) {
    InventorySink sink = sharedSink(clickHouseUrl, table);
    return new SinkWriter<>() {
      @Override
      public void write(Row row, Context writeContext) {
        // A key that has been counted never goes away: what is deleted comes back with its new count.
        if (row.getKind() != RowKind.INSERT && row.getKind() != RowKind.UPDATE_AFTER) return;
        sink.put((Integer) row.getField(0), (Integer) row.getField(1), (Long) row.getField(2));
      }

      @Override
      public void flush(boolean endOfInput) {
        sink.write();
      }

      @Override
      public void close() {}
    };
  }

  private static synchronized InventorySink sharedSink(String clickHouseUrl, String table) {
    if (shared == null) shared = new InventorySink(new InventoryWriter(clickHouseUrl, table));
    return shared;
  }
}
