import { requireTool } from '@tillstream/stack';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { ChildProcess } from '../run/child-process.ts';
import { classPathOf, type InstalledSpark } from './installed-spark.ts';
import { javaOptions } from './java-options.ts';

export type Project = {
  readonly installed: InstalledSpark;
  /** With the specification of the pipeline; both processes run in it. */
  readonly folder: string;
  readonly logFile: string;
  /** Of 127.0.0.1, where the server listens. */
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** For the definitions, and for loading. */
  readonly env: Readonly<Record<string, string>>;
};

const LOOK_EVERY_MS = 200;

/** A Spark Connect server, which stays, and what runs the pipeline on it again and again. */
export class DeclarativeProcesses {
  readonly failed: Promise<never>;
  readonly #all: ChildProcess[] = [];
  readonly #failure = Promise.withResolvers<never>();
  #isWanted = true;

  private constructor() {
    this.failed = this.#failure.promise;
    this.failed.catch(() => undefined);
  }

  static start(project: Project): DeclarativeProcesses {
    const processes = new DeclarativeProcesses();
    processes.#add(startServer(project));
    void processes.#runOnServer(project);
    return processes;
  }

  get pids(): readonly number[] {
    return this.#all.map(({ pid }) => pid);
  }

  async kill(): Promise<void> {
    this.#isWanted = false;
    await Promise.all(this.#all.map(async (process) => process.end('SIGKILL')));
  }

  #add(process: ChildProcess): void {
    this.#all.push(process);
    process.failed().catch(this.#failure.reject);
  }

  async #runOnServer(project: Project): Promise<void> {
    while (this.#isWanted && !(await isListening(project.port))) await sleep(LOOK_EVERY_MS);
    if (this.#isWanted) this.#add(startRuns(project));
  }
}

function startServer({ installed, settings, port, logFile, folder }: Project): ChildProcess {
  const options = javaOptions({
    ...settings,
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.connect.grpc.binding.port': String(port),
    'derby.system.home': folder,
    // As everybody's here: a crash of the machine is not part of the benchmark, one of a process is.
    'derby.system.durability': 'test',
  });
  return ChildProcess.start('java', [...options, 'org.apache.spark.sql.connect.service.SparkConnectServer'], {
    env: { CLASSPATH: classPathOf(installed), SPARK_LOCAL_IP: '127.0.0.1' },
    output: { file: logFile },
  });
}

function startRuns({ installed, port, logFile, folder, env }: Project): ChildProcess {
  return ChildProcess.start(requireTool('python3'), ['-u', join(folder, 'run.py')], {
    env: { ...env, PYTHONPATH: installed.python, SPARK_REMOTE: `sc://127.0.0.1:${port}`, PEERS_FOLDER: folder },
    output: { file: logFile },
  });
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
