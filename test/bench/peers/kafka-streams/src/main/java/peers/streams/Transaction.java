package peers.streams;

import java.util.Arrays;

/** A record of the changes topic, its entries added up by item. Used again for each record. */
final class Transaction {
  int storeId;
  long dateTime;
  short changeTypeId;
  int size;
  int[] itemIds = new int[16];
  int[] quantities = new int[16];

  void clear() {
    size = 0;
  }

  void add(int itemId, int quantity) {
    for (int index = 0; index < size; index++) {
      if (itemIds[index] == itemId) {
        quantities[index] += quantity;
        return;
      }
    }
    if (size == itemIds.length) {
      itemIds = Arrays.copyOf(itemIds, 2 * size);
      quantities = Arrays.copyOf(quantities, 2 * size);
    }
    itemIds[size] = itemId;
    quantities[size++] = quantity;
  }

  /** What is booked online for pick-up leaves the shelf of another store. */
  boolean leavesShelf() {
    return storeId != Meaning.ONLINE_STORE_ID || changeTypeId != Meaning.BOPIS_CHANGE_TYPE_ID;
  }
}
