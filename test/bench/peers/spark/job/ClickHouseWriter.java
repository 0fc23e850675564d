package peers;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.ForeachWriter;
import scala.Tuple2;

/** Of one task: its rows go to ClickHouse when the task ends, and in between as often as `everyMs` says (0: never). */
final class ClickHouseWriter extends ForeachWriter<Tuple2<Long, Long>> {
  private final String insertUrl;
  private final long everyMs;
  private transient Map<Long, Long> pending;
  private transient Thread timer;
  private transient volatile RuntimeException failure;

  ClickHouseWriter(String insertUrl, long everyMs) {
    this.insertUrl = insertUrl;
    this.everyMs = everyMs;
  }

  @Override
  public boolean open(long partition, long epoch) {
    pending = new HashMap<>();
    if (everyMs > 0) startTimer();
    return true;
  }

  @Override
  public synchronized void process(Tuple2<Long, Long> row) {
    if (failure != null) throw failure;
    pending.put(row._1(), row._2());
  }

  @Override
  public void close(Throwable error) {
    if (timer != null) stopTimer();
    if (failure != null) throw failure;
    if (error == null) write();
  }

  private void write() {
    Map<Long, Long> rows;
    synchronized (this) {
      if (pending.isEmpty()) return;
      rows = pending;
      pending = new HashMap<>();
    }
    ClickHouse.insert(insertUrl, rows);
  }

  private void startTimer() {
    timer = new Thread(() -> {
      try {
        while (true) {
          Thread.sleep(everyMs);
          write();
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException error) {
        failure = error;
      }
    }, "clickhouse-writer");
    timer.setDaemon(true);
    timer.start();
  }

  private void stopTimer() {
    timer.interrupt();
    try {
      timer.join();
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }
}
