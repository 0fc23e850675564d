"""Runs the pipeline again and again, and loads what it has come to into ClickHouse after each time."""

import os
from pathlib import Path

from pyspark.pipelines import cli
from pyspark.sql import SparkSession

FOLDER = Path(os.environ["PEERS_FOLDER"])


def load() -> None:
    # Where SPARK_REMOTE says.
    spark = SparkSession.builder.getOrCreate()
    try:
        rows = spark.table("inventory_current")
        target = {"url": os.environ["PEERS_CLICKHOUSE_URL"], "table": os.environ["PEERS_TABLE"]}
        rows.write.format("peers.spark.InventoryLoad").options(**target).mode("append").save()
    finally:
        spark.stop()


while True:
    # What the command `spark-pipelines run` does, without a new interpreter each time.
    cli.run(spec_path=FOLDER / "spark-pipeline.yml", full_refresh=[], full_refresh_all=False, refresh=[], dry=False)
    load()
