package peers.streams;

/** Reads a valid record of the changes topic. */
interface TransactionParser {
  void parse(byte[] json, Transaction into);
}
