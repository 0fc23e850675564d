import { pathToFileURL } from 'node:url';
import type { KafkaVersion } from './kafka-jars.ts';
import { lines } from './kafka-properties.ts';

type Logging = { readonly fileName: string; readonly text: string; readonly javaOption: (path: string) => string };

/** Everything goes to standard output, which the launcher appends to the log file. */
export const KAFKA_LOGGING: Readonly<Record<KafkaVersion, Logging>> = {
  '4.1': {
    fileName: 'log4j2.properties',
    text: lines({
      status: 'error',
      appenders: 'out',
      'appender.out.type': 'Console',
      'appender.out.name': 'OUT',
      'appender.out.layout.type': 'PatternLayout',
      'appender.out.layout.pattern': '%d{ISO8601} %p %c{1}: %m%n',
      'rootLogger.level': 'info',
      'rootLogger.appenderRefs': 'out',
      'rootLogger.appenderRef.out.ref': 'OUT',
    }),
    javaOption: (path) => `-Dlog4j2.configurationFile=${pathToFileURL(path).href}`,
  },
  '3.9': {
    fileName: 'log4j.properties',
    text: lines({
      'log4j.rootLogger': 'INFO, OUT',
      'log4j.appender.OUT': 'org.apache.log4j.ConsoleAppender',
      'log4j.appender.OUT.layout': 'org.apache.log4j.PatternLayout',
      'log4j.appender.OUT.layout.ConversionPattern': '%d{ISO8601} %p %c{1}: %m%n',
    }),
    javaOption: (path) => `-Dlog4j.configuration=${pathToFileURL(path).href}`,
  },
};
