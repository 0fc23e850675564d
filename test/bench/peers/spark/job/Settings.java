package peers;

/** As given on the command line. `folder` takes checkpoints; `recordsPerBatch` 0 is without a limit. */
record Settings(String mode, String brokers, String insertUrl, String folder, long recordsPerBatch) {
  static Settings of(String[] args) {
    return new Settings(args[0], args[1], args[2], args[3], Long.parseLong(args[4]));
  }
}
