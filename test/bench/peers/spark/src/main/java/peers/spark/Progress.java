package peers.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.LongAdder;

/** Records that this process is through with: real-time mode itself says so only when a checkpoint is due. */
final class Progress {
  private static final LongAdder RECORDS = new LongAdder();
  private static final long WRITE_EVERY_MS = 200;

  private Progress() {}

  static void add() {
    RECORDS.increment();
  }

  /** Writes the number to a file again and again. */
  static void publish(Path file) {
    Thread writer = new Thread(() -> {
      Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
      try {
        while (true) {
          Files.writeString(unfinished, Long.toString(RECORDS.sum()));
          Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
          Thread.sleep(WRITE_EVERY_MS);
        }
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      }
    }, "progress");
    writer.setDaemon(true);
    writer.start();
  }
}
