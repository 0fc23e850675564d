package peers.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.TableFunction;

/** The entries of a count sheet with their places in it. */
@FunctionHint(
    output = @DataTypeHint(value = "ROW<item_id INT, quantity INT, place INT>", bridgedTo = RowData.class))
public final class Entries extends TableFunction<RowData> {
  public void eval(
      @DataTypeHint(value = "ARRAY<ROW<item_id INT, quantity INT>>", bridgedTo = ArrayData.class) ArrayData items) {
    Progress.RECORDS.incrementAndGet();
    for (int place = 0; place < items.size(); place++) {
      RowData item = items.getRow(place, 2);
      collect(GenericRowData.of(item.getInt(0), item.getInt(1), place));
    }
  }
}
