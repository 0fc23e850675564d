package peers.streams;

import java.util.List;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Makes a line of each entry of a count sheet. */
final class CountEntries implements Processor<byte[], byte[], byte[], byte[]> {
  private ProcessorContext<byte[], byte[]> context;

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    JacksonParser.Count sheet = JacksonParser.parseCount(record.value());
    RecordMetadata source = context.recordMetadata().orElseThrow();
    long dateTime = Meaning.dateTime(sheet.dateTime());
    List<JacksonParser.Item> items = sheet.items();
    for (int index = 0; index < items.size(); index++) {
      JacksonParser.Item item = items.get(index);
      CountPosition position = new CountPosition(dateTime, source.partition(), source.offset(), index);
      byte[] key = Line.key(sheet.storeId(), item.itemId());
      context.forward(record.withKey(key).withValue(Line.count(position, item.quantity())));
    }
  }
}
