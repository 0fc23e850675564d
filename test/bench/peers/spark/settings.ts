/** Of Spark, for two cores, whatever runs on it. `folder` takes what it writes beside the sink. */
export function sparkSettings(folder: string): Readonly<Record<string, string>> {
  return {
    'spark.app.name': 'peers',
    'spark.ui.enabled': 'false',
    'spark.log.level': 'WARN',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.local.dir': folder,
    'spark.sql.warehouse.dir': `${folder}/warehouse`,
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.shuffle.partitions': '2',
    'spark.sql.streaming.stateStore.providerClass':
      'org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider',
    'spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled': 'true',
  };
}
