package peers.spark;

/** What a later count may still take back: a change since the latest count. */
public final class Change {
  private long dateTime;
  private long quantity;

  public Change() {}

  Change(long dateTime, long quantity) {
    this.dateTime = dateTime;
    this.quantity = quantity;
  }

  public long getDateTime() { return dateTime; }
  public void setDateTime(long value) { dateTime = value; }

  public long getQuantity() { return quantity; }
  public void setQuantity(long value) { quantity = value; }
}
