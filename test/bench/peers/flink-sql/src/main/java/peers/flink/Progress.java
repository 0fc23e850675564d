package peers.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;

/** How many records the queries have taken, in a file: committed offsets show it at checkpoints only. */
final class Progress extends Thread {
  static final AtomicLong RECORDS = new AtomicLong();
  private static final long WRITE_EVERY_MS = 200;

  private final Path file;

  Progress(Path file) {
    super("progress");
    this.file = file;
    setDaemon(true);
  }

  @Override
  public void run() {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      while (true) {
        Files.writeString(unfinished, Long.toString(RECORDS.get()));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        Thread.sleep(WRITE_EVERY_MS);
      }
    } catch (IOException error) {
      throw new java.io.UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }
}
