import { cached, requireJava, requireTool, run } from '@tillstream/stack';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProcess } from '../run/child-process.ts';

export type JvmProgram = {
  /** Of its builds in the cache. */
  readonly name: string;
  /** Has `pom.xml` and `src/main/java`; `jvm/src/main/java` beside it belongs to every program. */
  readonly folder: string;
  readonly mainClass: string;
  /** Memory, collector, access to Java's own modules. */
  readonly options: readonly string[];
};

const SHARED_SOURCES = fileURLToPath(new URL('./src/main/java', import.meta.url));
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';
const QUIET_LOGGING = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
const QUIETLY = ['--batch-mode', '--quiet', '--no-transfer-progress', '-Dstyle.color=never'];

/** Downloads the jars and compiles, when that has not been done yet with this pom and these sources. */
export async function prepareJvm(program: JvmProgram): Promise<void> {
  await classPathOf(program);
}

/** Starts a prepared program; what it prints is appended to the file. */
export async function jvmCommand(
  program: JvmProgram,
): Promise<(args: readonly string[], file: string) => ChildProcess> {
  const { command } = await requireJava();
  const classPath = await classPathOf(program);
  return (args, file) =>
    ChildProcess.start(
      command,
      [...program.options, QUIET_LOGGING, `--class-path=${classPath}`, program.mainClass, ...args],
      {
        output: { file },
      },
    );
}

/** Runs another main class of a program to its end. Returns what it printed; throws with the telling line when it fails. */
export async function runJvm(program: JvmProgram, mainClass: string, args: readonly string[]): Promise<string> {
  const { command } = await requireJava();
  return run(command, [`--class-path=${await classPathOf(program)}`, mainClass, ...args]);
}

/** Jars by the pom, classes by the pom and all sources: a change of a source downloads nothing. */
async function classPathOf({ name, folder }: JvmProgram): Promise<string> {
  const pom = join(folder, 'pom.xml');
  const sources = [join(folder, 'src', 'main', 'java'), SHARED_SOURCES].flatMap((root) =>
    globSync('**/*.java', { cwd: root }).map((path) => join(root, path)),
  );
  const maven = async (...args: readonly string[]): Promise<void> => {
    requireTool('javac');
    await run(requireTool('mvn'), [...QUIETLY, '--file', pom, ...args]);
  };
  const jars = await cached(`peers-${name}-jars-${hashOf([pom])}`, async (target) =>
    maven(COPY_DEPENDENCIES, '-DincludeScope=runtime', `-DoutputDirectory=${target}`),
  );
  const built = await cached(`peers-${name}-${hashOf([pom, ...sources])}`, async (target) =>
    maven('compile', `-Dbuild.folder=${target}`),
  );
  return [join(built, 'classes'), join(jars, '*')].join(':');
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 12);
}
