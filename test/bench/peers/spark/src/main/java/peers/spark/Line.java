package peers.spark;

/** One item of a transaction (its entries added up), or of a count: then without a transaction. */
public final class Line {
  private String transaction;
  private long dateTime;
  private long quantity;
  private long position;
  private boolean firstOfRecord;

  public String getTransaction() { return transaction; }
  public void setTransaction(String value) { transaction = value; }

  /** Microseconds. */
  public long getDateTime() { return dateTime; }
  public void setDateTime(long value) { dateTime = value; }

  public long getQuantity() { return quantity; }
  public void setQuantity(long value) { quantity = value; }

  /** Of two counts of one time the one with the greater position stays. */
  public long getPosition() { return position; }
  public void setPosition(long value) { position = value; }

  public boolean isFirstOfRecord() { return firstOfRecord; }
  public void setFirstOfRecord(boolean value) { firstOfRecord = value; }
}
