package peers.flink;

import java.util.List;

/** The whole job in SQL, from the topics to the query whose changes go to ClickHouse. */
final class Statements {
  private static final int ONLINE_STORE_ID = 0;
  private static final int BOPIS_CHANGE_TYPE_ID = 4;

  private Statements() {}

  static List<String> definitions(String brokers) {
    return List.of(
        """
        CREATE TABLE change_record (
          trans_id STRING, store_id INT, date_time TIMESTAMP_LTZ(3), change_type_id SMALLINT,
          items ARRAY<ROW<item_id INT, quantity INT>>,
          taken_at AS PROCTIME()
        ) WITH (%s)"""
            .formatted(source(brokers, "pos.inventory-change")),
        """
        CREATE TABLE count_sheet (
          store_id INT, date_time STRING, items ARRAY<ROW<item_id INT, quantity INT>>,
          log_partition INT METADATA FROM 'partition' VIRTUAL,
          log_offset BIGINT METADATA FROM 'offset' VIRTUAL
        ) WITH (%s)"""
            .formatted(source(brokers, "pos.inventory-snapshot")),
        LINE,
        LATEST_COUNT);
  }

  private static String source(String brokers, String topic) {
    return """
        'connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s',
        'properties.group.id' = 'flink-sql', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601',
        'properties.fetch.max.wait.ms' = '50', 'properties.max.poll.records' = '5000'"""
        .formatted(topic, brokers);
  }

  /** The first that is taken of an identity; copies of a transaction are in one partition, in the order of the log. */
  private static final String LINE =
      """
      CREATE VIEW line AS
      SELECT store_id, item_id, CAST(date_time AS TIMESTAMP(3)) AS changed_at, quantity
      FROM (
        SELECT record.store_id, record.date_time, record.change_type_id, folded.item_id, folded.quantity,
          ROW_NUMBER() OVER (PARTITION BY record.trans_id, folded.item_id ORDER BY record.taken_at) AS place
        FROM change_record AS record, LATERAL TABLE(fold(record.items)) AS folded(item_id, quantity)
      )
      WHERE place = 1 AND NOT (store_id = %d AND change_type_id = %d)"""
          .formatted(ONLINE_STORE_ID, BOPIS_CHANGE_TYPE_ID);

  private static final String LATEST_COUNT =
      """
      CREATE VIEW latest_count AS
      SELECT store_id, item_id, counted_at, quantity
      FROM (
        SELECT store_id, item_id, counted_at, quantity,
          ROW_NUMBER() OVER (
            PARTITION BY store_id, item_id
            ORDER BY counted_at DESC, log_partition DESC, log_offset DESC, entry DESC
          ) AS place
        FROM (
          SELECT sheet.store_id, sheet.log_partition, sheet.log_offset,
            CAST(REPLACE(REPLACE(sheet.date_time, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS counted_at,
            e.item_id, e.quantity, e.entry
          FROM count_sheet AS sheet, LATERAL TABLE(entries(sheet.items)) AS e(item_id, quantity, entry)
        )
      )
      WHERE place = 1""";

  /**
   * The count and the changes since are rows of one sum: a new count takes the old one and its changes out of it. Both
   * halves ask for the same columns of the count, so that the planner computes it once.
   */
  static final String INVENTORY =
      """
      SELECT store_id, item_id, SUM(CAST(quantity AS BIGINT)) AS current_inventory
      FROM (
        SELECT store_id, item_id, quantity FROM latest_count WHERE counted_at IS NOT NULL
        UNION ALL
        SELECT latest_count.store_id, latest_count.item_id, line.quantity
        FROM latest_count
        JOIN line ON line.store_id = latest_count.store_id AND line.item_id = latest_count.item_id
          AND line.changed_at >= latest_count.counted_at AND latest_count.quantity IS NOT NULL
      )
      GROUP BY store_id, item_id""";
}
