package peers.spark;

import static org.apache.spark.sql.functions.expr;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** From the records of both topics to their lines, in expressions of Spark SQL. */
final class Lines {
  private static final String MESSAGE =
      "trans_id STRING, store_id INT, date_time STRING, change_type_id INT, "
          + "items ARRAY<STRUCT<item_id: INT, quantity: BIGINT>>";

  /** Entries of one item are added up, where there are any. */
  private static final String FOLDED =
      "CASE WHEN trans_id IS NULL OR size(array_distinct(items.item_id)) = size(items) THEN items ELSE "
          + "transform(array_distinct(items.item_id), id -> named_struct('item_id', id, 'quantity', "
          + "aggregate(filter(items, item -> item.item_id = id), 0L, (sum, item) -> sum + item.quantity))) END";

  private Lines() {}

  /** Columns `key` (store and item), and those of a `Line`. */
  static Dataset<Row> of(SparkSession spark, Settings settings) {
    var reader = spark
        .readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", settings.brokers())
        .option("subscribe", "pos.inventory-change,pos.inventory-snapshot")
        .option("startingOffsets", "earliest");
    if (settings.recordsPerBatch() > 0) reader.option("maxOffsetsPerTrigger", settings.recordsPerBatch());
    return reader
        .load()
        .select(expr("partition"), expr("offset"), expr("from_json(CAST(value AS STRING), '" + MESSAGE + "') AS message"))
        .select("partition", "offset", "message.*")
        .select(
            expr("partition"),
            expr("offset"),
            expr("store_id"),
            expr("trans_id AS transaction"),
            expr("unix_micros(CAST(date_time AS TIMESTAMP)) AS dateTime"),
            // A pick-up that was booked online does not leave the online shelf.
            expr("store_id = 0 AND change_type_id <=> 4 AS pickUp"),
            expr("posexplode(" + FOLDED + ") AS (index, item)"))
        .select(
            expr("shiftleft(CAST(store_id AS BIGINT), 32) + item.item_id AS key"),
            expr("transaction"),
            expr("dateTime"),
            expr("CASE WHEN pickUp THEN 0L ELSE item.quantity END AS quantity"),
            expr("shiftleft(CAST(partition AS BIGINT), 52) + shiftleft(offset, 12) + index AS position"),
            expr("index = 0 AS firstOfRecord"));
  }
}
