package peers.spark;

import org.apache.spark.sql.ForeachWriter;
import peers.jvm.InventorySink;
import peers.jvm.InventoryWriter;
import scala.Tuple2;

/** Where a task's rows go: to the one sink of this process. A task ends when ClickHouse has its rows. */
final class InventoryForeach extends ForeachWriter<Tuple2<Long, Long>> {
  private static InventorySink sink;

  private final String clickHouseUrl;
  private final String table;

  InventoryForeach(String clickHouseUrl, String table) {
    this.clickHouseUrl = clickHouseUrl;
    this.table = table;
  }

  @Override
  public boolean open(long partition, long epoch) {
    synchronized (InventoryForeach.class) {
      if (sink == null) sink = new InventorySink(new InventoryWriter(clickHouseUrl, table));
    }
    return true;
  }

  @Override
  public void process(Tuple2<Long, Long> row) {
    long key = row._1();
    sink.put((int) (key >> 32), (int) key, row._2());
  }

  @Override
  public void close(Throwable error) {
    if (error == null) sink.write();
  }
}
