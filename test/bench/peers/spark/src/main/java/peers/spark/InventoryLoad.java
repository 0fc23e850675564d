package peers.spark;

import java.util.Iterator;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.CreatableRelationProvider;
import org.apache.spark.sql.types.StructType;
import peers.jvm.InventoryWriter;

/** For `df.write.format`: rows of (store_id, item_id, current_inventory) go to ClickHouse from the tasks that have them. */
public final class InventoryLoad implements CreatableRelationProvider {
  @Override
  public BaseRelation createRelation(
      SQLContext context, SaveMode mode, scala.collection.immutable.Map<String, String> options, Dataset<Row> rows) {
    String url = options.apply("url");
    String table = options.apply("table");
    rows.foreachPartition((ForeachPartitionFunction<Row>) partition -> load(url, table, partition));
    return new BaseRelation() {
      @Override
      public SQLContext sqlContext() {
        return context;
      }

      @Override
      public StructType schema() {
        return rows.schema();
      }
    };
  }

  private static void load(String url, String table, Iterator<Row> rows) {
    InventoryWriter writer = new InventoryWriter(url, table);
    rows.forEachRemaining(row -> writer.add(row.getInt(0), row.getInt(1), row.getLong(2)));
    writer.flush();
  }
}
