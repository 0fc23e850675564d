import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Kafka's own client, to compare ours with: writes records in every way that others do, and reads what we write. */
public class JavaClient {
  public static void main(String[] args) throws Exception {
    String brokers = args[1];
    switch (args[0]) {
      case "write" -> write(brokers, args[2], args[3], Integer.parseInt(args[4]));
      case "read" -> read(brokers, args[2], Integer.parseInt(args[3]));
      case "transactions" -> transactions(brokers, args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** `count` records into each of the topics `prefix-codec`, one batch and then single ones. */
  static void write(String brokers, String prefix, String codecs, int count) throws Exception {
    for (String codec : codecs.split(",")) {
      try (KafkaProducer<byte[], byte[]> producer = producer(brokers, Map.of("compression.type", codec, "linger.ms", "50"))) {
        for (int i = 0; i < count; i++) {
          ProducerRecord<byte[], byte[]> record =
              new ProducerRecord<>(prefix + "-" + codec, 0, 1_700_000_000_000L + i, bytes("key " + i), value(i));
          record.headers().add("source", bytes("till " + i)).add("none", null);
          producer.send(record);
        }
      }
    }
  }

  /** Null every tenth, so that tombstones are among them. */
  static byte[] value(int i) {
    return i % 10 == 9 ? null : bytes("value " + i + " ".repeat(i % 50));
  }

  static void read(String brokers, String topic, int count) {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "bootstrap.servers", brokers,
            "check.crcs", "true",
            "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
            "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer"));
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (int seen = 0; seen < count; ) {
        var records = consumer.poll(Duration.ofSeconds(90));
        // What has come is compared with what should have.
        if (records.isEmpty()) break;
        for (var record : records) {
          StringBuilder line = new StringBuilder();
          line.append(record.offset()).append('|').append(record.timestamp());
          line.append('|').append(text(record.key())).append('|').append(text(record.value()));
          for (var header : record.headers()) line.append('|').append(header.key()).append('=').append(text(header.value()));
          System.out.println(line);
          seen++;
        }
      }
    }
  }

  /** One that is committed, one that is aborted, one that is committed. */
  static void transactions(String brokers, String topic) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(brokers, Map.of("transactional.id", "till-" + topic))) {
      producer.initTransactions();
      for (String value : List.of("kept", "aborted", "kept too", "aborted at the end")) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes(value))).get();
        if (value.startsWith("aborted")) producer.abortTransaction();
        else producer.commitTransaction();
      }
    }
  }

  static KafkaProducer<byte[], byte[]> producer(String brokers, Map<String, String> more) {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "bootstrap.servers", brokers,
            "key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer",
            "value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"));
    properties.putAll(more);
    return new KafkaProducer<>(properties);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }
}
