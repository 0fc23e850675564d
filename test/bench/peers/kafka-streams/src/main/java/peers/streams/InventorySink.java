package peers.streams;

import java.util.HashMap;
import java.util.Map;
import peers.jvm.InventoryWriter;

/** Writes the last value of each touched key every 100 ms, for all tasks of the process in one insert. */
final class InventorySink extends Thread {
  private static final long WRITE_EVERY_MS = 100;

  private final InventoryWriter writer;
  private Map<Long, Long> touched = new HashMap<>();

  InventorySink(InventoryWriter writer) {
    super("inventory-sink");
    this.writer = writer;
    setDaemon(true);
  }

  /** The key is the store in its upper half and the item in its lower one. */
  synchronized void put(long key, long inventory) {
    touched.put(key, inventory);
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(WRITE_EVERY_MS);
        take().forEach((key, inventory) -> writer.add((int) (key >> 32), (int) (long) key, inventory));
        writer.flush();
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException error) {
      // What has been taken would be lost; after a restart everything is written again.
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
