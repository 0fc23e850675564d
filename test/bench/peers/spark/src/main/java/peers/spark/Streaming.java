package peers.spark;

import static org.apache.spark.sql.functions.col;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.Trigger;
import scala.Tuple2;

/** The whole job as one streaming query; settings of Spark come as system properties. */
public final class Streaming {
  private Streaming() {}

  public static void main(String[] args) throws Exception {
    Settings settings = Settings.of(args);
    boolean isRealTime = settings.mode().equals("real-time");
    SparkSession spark = SparkSession.builder().getOrCreate();
    if (isRealTime) Progress.publish(Path.of(settings.folder(), "progress"));
    Dataset<Tuple2<Long, Long>> current = Lines.of(spark, settings)
        .groupBy(col("key"))
        .as(Encoders.LONG(), Encoders.bean(Line.class))
        .transformWithState(
            new CurrentInventory(),
            TimeMode.None(),
            OutputMode.Update(),
            Encoders.tuple(Encoders.LONG(), Encoders.LONG()));
    current
        .writeStream()
        .outputMode(OutputMode.Update())
        .option("checkpointLocation", Path.of(settings.folder(), "checkpoint").toUri().toString())
        .trigger(isRealTime ? Trigger.RealTime("10 seconds") : Trigger.ProcessingTime(0))
        .foreach(new InventoryForeach(settings.clickHouseUrl(), settings.table()))
        .start()
        .awaitTermination();
  }
}
