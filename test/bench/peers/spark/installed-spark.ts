import { cached, requireTool, run } from '@tillstream/stack';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SPARK_VERSION = '4.3.0';
/** The newest that Maven Central has. */
export const CONNECTOR_VERSION = '4.2.0';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SOURCES = join(HERE, 'job');

export type InstalledSpark = {
  /** For PYTHONPATH: pyspark and what its pipelines need. */
  readonly python: string;
  /** SPARK_HOME. */
  readonly home: string;
  /** Jars of the Kafka connector, which Spark itself does not bring. */
  readonly connector: string;
  /** The compiled job. */
  readonly classes: string;
};

/** From PyPI and Maven Central into the cache, about 600 MB once; the job is compiled when it has changed. */
export async function installSpark(): Promise<InstalledSpark> {
  const python = await cached(`pyspark-${SPARK_VERSION}`, async (folder) => {
    const requirements = join(HERE, 'requirements.txt');
    await run(requireTool('python3'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, '-r', requirements]);
  });
  const connector = await cached(`spark-kafka-${CONNECTOR_VERSION}`, async (folder) => {
    await copyFile(join(HERE, 'connector-pom.xml'), join(folder, 'pom.xml'));
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';
    const quiet = ['--batch-mode', '--no-transfer-progress', '-Dstyle.color=never'];
    await run(requireTool('mvn'), [...quiet, goal, '-DincludeScope=runtime', '-DoutputDirectory=.'], { folder });
  });
  const home = join(python, 'pyspark');
  return { python, home, connector, classes: await compiledJob(home) };
}

/** For CLASSPATH. */
export function classPathOf({ home, connector, classes }: InstalledSpark): string {
  return [classes, join(connector, '*'), join(home, 'jars', '*')].join(delimiter);
}

async function compiledJob(home: string): Promise<string> {
  const sources = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  const hash = createHash('sha256').update(SPARK_VERSION);
  for (const source of sources) hash.update(readFileSync(source));
  return cached(`spark-job-${hash.digest('hex').slice(0, 16)}`, async (folder) => {
    await run(requireTool('javac'), ['--release', '17', '-d', folder, '-cp', join(home, 'jars', '*'), ...sources]);
  });
}
