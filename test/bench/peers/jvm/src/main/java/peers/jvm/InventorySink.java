package peers.jvm;

import java.util.HashMap;
import java.util.Map;

/** Writes the last value of each touched key every 100 ms, for all tasks of the process in one insert. */
public final class InventorySink extends Thread {
  private static final long WRITE_EVERY_MS = 100;

  private final InventoryWriter writer;
  private Map<Long, Long> touched = new HashMap<>();

  /** Writes from the start on. */
  public InventorySink(InventoryWriter writer) {
    super("inventory-sink");
    this.writer = writer;
    setDaemon(true);
    start();
  }

  public synchronized void put(int storeId, int itemId, long inventory) {
    touched.put((long) storeId << 32 | Integer.toUnsignedLong(itemId), inventory);
  }

  /** Returns when ClickHouse has acknowledged all that was put before. */
  public void write() {
    synchronized (writer) {
      take().forEach((key, inventory) -> writer.add((int) (key >> 32), (int) (long) key, inventory));
      writer.flush();
    }
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(WRITE_EVERY_MS);
        write();
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException error) {
      // What has been taken would be lost: only a restart from what was kept writes it.
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private synchronized Map<Long, Long> take() {
    Map<Long, Long> taken = touched;
    touched = new HashMap<>();
    return taken;
  }
}
