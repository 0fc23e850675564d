"""The inventory as a declarative pipeline: lines of changes, counts, the latest of them, what is in stock now."""

import os

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

spark = SparkSession.active()

ITEMS = "items ARRAY<STRUCT<item_id: INT, quantity: BIGINT>>"
CHANGE = f"trans_id STRING, store_id INT, date_time STRING, change_type_id INT, {ITEMS}"
COUNT = f"store_id INT, date_time STRING, {ITEMS}"

# Entries of one item are added up, where there are any.
FOLDED = """CASE WHEN size(array_distinct(items.item_id)) = size(items) THEN items ELSE
  transform(array_distinct(items.item_id), id -> named_struct('item_id', id, 'quantity',
    aggregate(filter(items, item -> item.item_id = id), 0L, (sum, item) -> sum + item.quantity))) END"""


def messages(topic: str, schema: str) -> DataFrame:
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", os.environ["PEERS_BROKERS"])
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", os.environ["PEERS_RECORDS_PER_BATCH"])
        .load()
        .select("partition", "offset", F.from_json(F.col("value").cast("string"), schema).alias("message"))
        .select("partition", "offset", "message.*")
        .withColumn("date_time", F.col("date_time").cast("timestamp"))
    )


@dp.table
def inventory_change() -> DataFrame:
    return (
        messages("pos.inventory-change", CHANGE)
        # A pick-up that was booked online does not leave the online shelf.
        .where("NOT (store_id = 0 AND change_type_id = 4)")
        .select("trans_id", "store_id", "date_time", F.expr(f"inline({FOLDED})"))
        .dropDuplicates(["trans_id", "item_id"])
    )


@dp.table
def inventory_snapshot() -> DataFrame:
    return (
        messages("pos.inventory-snapshot", COUNT)
        .select("partition", "offset", "store_id", "date_time", F.posexplode("items").alias("index", "item"))
        .select("partition", "offset", "index", "store_id", "date_time", "item.*")
    )


@dp.materialized_view
def latest_inventory_snapshot() -> DataFrame:
    return (
        spark.read.table("inventory_snapshot")
        .groupBy("store_id", "item_id")
        .agg(F.expr("max_by(struct(date_time, quantity), struct(date_time, partition, offset, index))").alias("latest"))
        .select("store_id", "item_id", "latest.*")
    )


@dp.materialized_view
def inventory_current() -> DataFrame:
    count = spark.read.table("latest_inventory_snapshot").alias("count")
    change = spark.read.table("inventory_change").alias("change")
    is_since = F.expr(
        "change.store_id = count.store_id AND change.item_id = count.item_id AND change.date_time >= count.date_time"
    )
    return (
        count.join(change, is_since, "left")
        .groupBy("count.store_id", "count.item_id", "count.quantity")
        .agg(F.expr("count.quantity + coalesce(sum(change.quantity), 0)").alias("current_inventory"))
        .select("store_id", "item_id", "current_inventory")
    )
