import { cached, requireTool, run } from '@tillstream/stack';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SPARK_VERSION = '4.3.0';
/** The newest that Maven Central has. */
export const CONNECTOR_VERSION = '4.2.0';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The writer into ClickHouse is that of all contenders on the JVM. */
const SOURCES = [join(HERE, 'src', 'main', 'java'), join(HERE, '..', 'jvm', 'src', 'main', 'java')];

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

/** From PyPI and Maven Central into the cache, about 900 MB once; the job is compiled when it has changed. */
export async function installSpark(): Promise<InstalledSpark> {
  const python = await installPython();
  const home = join(python, 'pyspark');
  return { python, home, connector: await installConnector(), classes: await compileJob(home) };
}

/** For CLASSPATH. */
export function classPathOf({ home, connector, classes }: InstalledSpark): string {
  return [classes, join(connector, '*'), join(home, 'jars', '*')].join(delimiter);
}

/** A folder and no virtual environment: the scripts of one would name the folder that it was made in. */
async function installPython(): Promise<string> {
  const requirements = join(HERE, 'requirements.txt');
  return cached(`peers-pyspark-${SPARK_VERSION}-${hashOf([requirements])}`, async (folder) => {
    const python = requireTool('python3');
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, '-r', requirements]);
  });
}

async function installConnector(): Promise<string> {
  const pom = join(HERE, 'connector-pom.xml');
  return cached(`peers-spark-kafka-${CONNECTOR_VERSION}-${hashOf([pom])}`, async (folder) => {
    await copyFile(pom, join(folder, 'pom.xml'));
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';
    const options = ['--batch-mode', '--no-transfer-progress', '-Dstyle.color=never'];
    await run(requireTool('mvn'), [...options, goal, '-DincludeScope=runtime', '-DoutputDirectory=.'], { folder });
  });
}

async function compileJob(home: string): Promise<string> {
  const sources = SOURCES.flatMap((cwd) => globSync('**/*.java', { cwd }).map((name) => join(cwd, name))).toSorted();
  return cached(`peers-spark-job-${SPARK_VERSION}-${hashOf(sources)}`, async (folder) => {
    await run(requireTool('javac'), ['--release', '17', '-d', folder, '-cp', join(home, 'jars', '*'), ...sources]);
  });
}

/** Names what these files make, so that what is cached is never older than they are. */
function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
