package peers.streams;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import peers.jvm.InventorySink;
import peers.jvm.InventoryWriter;

/** Arguments: brokers, URL of ClickHouse, table, folder for state, parser (`jackson` or `hand`). */
public final class Main {
  private static final String APPLICATION = "kafka-streams";
  private static final String CHANGES_TOPIC = "pos.inventory-change";
  private static final String COUNTS_TOPIC = "pos.inventory-snapshot";
  private static final String CONFLICTS_TOPIC = "kafka-streams.conflicting-duplicate";
  private static final int PARTITIONS = 4;
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();

  private Main() {}

  public static void main(String[] args) throws Exception {
    Properties settings = settings(args[0], args[3]);
    createConflictsTopic(args[0]);
    InventorySink sink = new InventorySink(new InventoryWriter(args[1], args[2]));
    Supplier<TransactionParser> parser = args[4].equals("hand") ? HandParser::new : JacksonParser::new;
    StreamsBuilder builder = new StreamsBuilder();
    build(builder, parser, sink);
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(1);
          return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
    streams.start();
    sink.join();
  }

  /** Two steps: by transaction, each line once; by store and item, the stock. */
  private static void build(StreamsBuilder builder, Supplier<TransactionParser> parser, InventorySink sink) {
    builder.addStateStore(store(FirstSeen.STORE));
    builder.addStateStore(store(Stock.COUNTS).withCachingEnabled());
    builder.addStateStore(store(Stock.CHANGES));
    KStream<byte[], byte[]> lines =
        builder
            .stream(CHANGES_TOPIC, Consumed.with(BYTES, BYTES))
            .process(() -> new FirstSeen(parser.get()), FirstSeen.STORE);
    KStream<byte[], byte[]> counts =
        builder.stream(COUNTS_TOPIC, Consumed.with(BYTES, BYTES)).process(CountEntries::new);
    lines.filter((key, line) -> Line.isConflict(line)).to(CONFLICTS_TOPIC, Produced.with(BYTES, BYTES));
    lines
        .filterNot((key, line) -> Line.isConflict(line))
        .merge(counts)
        .repartition(Repartitioned.<byte[], byte[]>as("lines").withKeySerde(BYTES).withValueSerde(BYTES).withNumberOfPartitions(PARTITIONS))
        .process(() -> new Stock(sink), Stock.COUNTS, Stock.CHANGES);
  }

  private static StoreBuilder<KeyValueStore<byte[], byte[]>> store(String name) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), BYTES, BYTES);
  }

  private static Properties settings(String brokers, String folder) {
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION,
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers,
            StreamsConfig.STATE_DIR_CONFIG, folder,
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2,
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100,
            StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 * 1024 * 1024,
            StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000));
    settings.putAll(
        Map.of(
            // A process that comes back is the same member, at once.
            StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), APPLICATION,
            StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000,
            StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50,
            StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 * 1024));
    return settings;
  }

  private static void createConflictsTopic(String brokers) throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      NewTopic topic = new NewTopic(CONFLICTS_TOPIC, Optional.of(PARTITIONS), Optional.empty());
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException error) {
      if (!(error.getCause() instanceof TopicExistsException)) throw error;
    }
  }
}
