package peers.spark;

/** As given on the command line. `folder` takes checkpoints; `recordsPerBatch` 0 is without a limit. */
record Settings(
    String mode, String brokers, String clickHouseUrl, String table, String folder, long recordsPerBatch) {
  static Settings of(String[] args) {
    return new Settings(args[0], args[1], args[2], args[3], args[4], Long.parseLong(args[5]));
  }
}
