package peers.spark;

/** A key's latest count, and the sum of its changes since. */
public final class Stock {
  private long dateTime;
  private long position;
  private long counted;
  private long changed;

  public Stock() {}

  Stock(Line count) {
    dateTime = count.getDateTime();
    position = count.getPosition();
    counted = count.getQuantity();
  }

  boolean isBefore(Line count) {
    return dateTime != count.getDateTime() ? dateTime < count.getDateTime() : position < count.getPosition();
  }

  long current() {
    return counted + changed;
  }

  void add(long quantity) {
    changed += quantity;
  }

  public long getDateTime() { return dateTime; }
  public void setDateTime(long value) { dateTime = value; }

  public long getPosition() { return position; }
  public void setPosition(long value) { position = value; }

  public long getCounted() { return counted; }
  public void setCounted(long value) { counted = value; }

  public long getChanged() { return changed; }
  public void setChanged(long value) { changed = value; }
}
