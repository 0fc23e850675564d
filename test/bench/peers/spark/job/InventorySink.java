package peers;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.CreatableRelationProvider;
import org.apache.spark.sql.types.StructType;

/** For `df.write.format`: rows of (store_id, item_id, current_inventory) go to ClickHouse, from where they are. */
public final class InventorySink implements CreatableRelationProvider {
  @Override
  public BaseRelation createRelation(
      SQLContext context, SaveMode mode, scala.collection.immutable.Map<String, String> options, Dataset<Row> rows) {
    String insertUrl = options.apply("inserturl");
    rows.foreachPartition((ForeachPartitionFunction<Row>) partition -> insert(insertUrl, partition));
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

  private static void insert(String insertUrl, Iterator<Row> rows) {
    Map<Long, Long> current = new HashMap<>();
    rows.forEachRemaining(row -> current.put(((long) row.getInt(0) << 32) + row.getInt(1), row.getLong(2)));
    if (!current.isEmpty()) ClickHouse.insert(insertUrl, current);
  }
}
