package peers.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Arguments: brokers, URL of ClickHouse, table, folder for checkpoints and progress. */
public final class Main {
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("parallelism.default", "2"),
          Map.entry("taskmanager.numberOfTaskSlots", "2"),
          Map.entry("taskmanager.memory.managed.size", "64m"),
          Map.entry("taskmanager.memory.network.min", "64m"),
          Map.entry("taskmanager.memory.network.max", "64m"),
          Map.entry("pipeline.object-reuse", "true"),
          Map.entry("state.backend.type", "hashmap"),
          Map.entry("execution.checkpointing.interval", "10 s"),
          Map.entry("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
          // A process that ends is started again, from its last checkpoint.
          Map.entry("restart-strategy.type", "none"),
          Map.entry("table.local-time-zone", "UTC"),
          Map.entry("table.exec.mini-batch.enabled", "true"),
          Map.entry("table.exec.mini-batch.allow-latency", "200 ms"),
          Map.entry("table.exec.mini-batch.size", "20000"),
          Map.entry("table.optimizer.agg-phase-strategy", "TWO_PHASE"));

  private Main() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[3]);
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    Configuration settings = Configuration.fromMap(SETTINGS);
    settings.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    latestCheckpoint(checkpoints)
        .ifPresent(path -> settings.setString("execution.state-recovery.path", path.toUri().toString()));
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.createTemporarySystemFunction("fold", Fold.class);
    tables.createTemporarySystemFunction("entries", Entries.class);
    Statements.definitions(args[0]).forEach(tables::executeSql);
    Table inventory = tables.sqlQuery(Statements.INVENTORY);
    tables.toChangelogStream(inventory).sinkTo(new ClickHouseSink(args[1], args[2])).uid("clickhouse");
    new Progress(folder.resolve("progress")).start();
    environment.execute("inventory");
  }

  /** A checkpoint is complete when its metadata is written, which is its last file. */
  private static Optional<Path> latestCheckpoint(Path checkpoints) throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints, 3)) {
      return files
          .filter(path -> path.endsWith("_metadata"))
          .max(Comparator.comparing(path -> path.toFile().lastModified()))
          .map(Path::getParent);
    }
  }
}
