package peers.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.ListState;
import org.apache.spark.sql.streaming.MapState;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StatefulProcessor;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TimerValues;
import org.apache.spark.sql.streaming.ValueState;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** Of one (store, item): what was seen, the latest count, the changes since. Emits what is in stock now. */
final class CurrentInventory extends StatefulProcessor<Long, Line, Tuple2<Long, Long>> {
  private transient MapState<String, Boolean> seen;
  private transient ListState<Change> open;
  private transient ValueState<Stock> stock;

  @Override
  public void init(OutputMode outputMode, TimeMode timeMode) {
    seen = getHandle().getMapState("seen", Encoders.STRING(), Encoders.BOOLEAN(), TTLConfig.NONE());
    open = getHandle().getListState("open", Encoders.bean(Change.class), TTLConfig.NONE());
    stock = getHandle().getValueState("stock", Encoders.bean(Stock.class), TTLConfig.NONE());
  }

  @Override
  public scala.collection.Iterator<Tuple2<Long, Long>> handleInputRows(
      Long key, scala.collection.Iterator<Line> rows, TimerValues timers) {
    Stock before = stock.exists() ? stock.get() : null;
    Stock now = before;
    List<Change> fresh = new ArrayList<>();
    while (rows.hasNext()) {
      Line line = rows.next();
      if (line.isFirstOfRecord()) Progress.add();
      if (line.getTransaction() == null) {
        if (now == null || now.isBefore(line)) now = new Stock(line);
      } else if (!seen.containsKey(line.getTransaction())) {
        seen.updateValue(line.getTransaction(), true);
        fresh.add(new Change(line.getDateTime(), line.getQuantity()));
      }
    }
    if (now == before && fresh.isEmpty()) return emptyResult();
    if (now == before) add(now, fresh);
    else startFrom(now, fresh);
    if (now == null) return emptyResult();
    stock.update(now);
    return scala.collection.Iterator$.MODULE$.single(new Tuple2<>(key, now.current()));
  }

  private static scala.collection.Iterator<Tuple2<Long, Long>> emptyResult() {
    return scala.collection.Iterator$.MODULE$.empty();
  }

  private void add(Stock now, List<Change> fresh) {
    List<Change> since = since(now, fresh.iterator());
    if (!since.isEmpty()) open.appendList(since.toArray(new Change[0]));
  }

  /** A newer count leaves of the changes only those that it does not know of. */
  private void startFrom(Stock now, List<Change> fresh) {
    List<Change> since = since(now, CollectionConverters.asJava(open.get()));
    since.addAll(since(now, fresh.iterator()));
    if (since.isEmpty()) open.clear();
    else open.put(since.toArray(new Change[0]));
  }

  private static List<Change> since(Stock now, Iterator<Change> changes) {
    List<Change> since = new ArrayList<>();
    while (changes.hasNext()) {
      Change change = changes.next();
      if (now != null && change.getDateTime() < now.getDateTime()) continue;
      if (now != null) now.add(change.getQuantity());
      since.add(change);
    }
    return since;
  }
}
