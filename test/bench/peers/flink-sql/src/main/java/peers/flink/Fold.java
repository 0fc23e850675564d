package peers.flink;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.TableFunction;

/** Adds up the entries of a record by item: SQL would have to group, and so to keep, what belongs to one record. */
@FunctionHint(output = @DataTypeHint(value = "ROW<item_id INT, quantity INT>", bridgedTo = RowData.class))
public final class Fold extends TableFunction<RowData> {
  public void eval(
      @DataTypeHint(value = "ARRAY<ROW<item_id INT, quantity INT>>", bridgedTo = ArrayData.class) ArrayData items) {
    Progress.RECORDS.incrementAndGet();
    for (int index = 0; index < items.size(); index++) {
      int itemId = items.getRow(index, 2).getInt(0);
      if (firstOf(items, itemId) == index) collect(GenericRowData.of(itemId, sumOf(items, itemId, index)));
    }
  }

  private static int firstOf(ArrayData items, int itemId) {
    int index = 0;
    while (items.getRow(index, 2).getInt(0) != itemId) index++;
    return index;
  }

  private static int sumOf(ArrayData items, int itemId, int from) {
    int sum = 0;
    for (int index = from; index < items.size(); index++) {
      RowData item = items.getRow(index, 2);
      if (item.getInt(0) == itemId) sum += item.getInt(1);
    }
    return sum;
  }
}
