import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache/cache-folder.ts';
import { requireTool, run } from '../process/tools.ts';
import type { OnProgress } from '../progress.ts';

export type KafkaVersion = '4.1' | '3.9';

type Release = { readonly exact: string; readonly logging: readonly string[] };

/** Kafka's POM brings all but the logger behind slf4j 1.7, which the official archives choose. */
const RELEASES: Readonly<Record<KafkaVersion, Release>> = {
  '4.1': {
    exact: '4.1.2',
    logging: ['org.apache.logging.log4j:log4j-slf4j-impl:2.25.3', 'org.apache.logging.log4j:log4j-1.2-api:2.25.3'],
  },
  '3.9': { exact: '3.9.2', logging: ['org.slf4j:slf4j-reload4j:1.7.36'] },
};

export function exactKafkaVersion(version: KafkaVersion): string {
  return RELEASES[version].exact;
}

/** The cache folder with `lib/*.jar`; downloads about 45 MB from Maven Central when they are missing. */
export async function kafkaJars(version: KafkaVersion, onProgress: OnProgress): Promise<string> {
  const { exact, logging } = RELEASES[version];
  return await cached(`kafka-${exact}`, async (folder) => {
    const maven = requireTool('mvn');
    onProgress(`Kafka ${exact}: downloading its jars through Maven (45 MB, once)`);
    await writeFile(join(folder, 'pom.xml'), pom([`org.apache.kafka:kafka_2.13:${exact}`, ...logging]));
    await run(
      maven,
      [
        '--batch-mode',
        '--no-transfer-progress',
        '-Dstyle.color=never',
        'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies',
        '-DincludeScope=runtime',
        '-DoutputDirectory=lib',
      ],
      { folder },
    );
  });
}

function pom(coordinates: readonly string[]): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>tillstream</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>${dependencies.join('\n')}</dependencies></project>`,
  ].join('\n');
}
