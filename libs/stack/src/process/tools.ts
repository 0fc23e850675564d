import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackError } from '../stack-error.ts';

export type Tool = 'java' | 'javac' | 'mvn' | 'python3' | 'go' | 'apt-get' | 'dpkg';

const REMEDIES: Readonly<Record<Tool, string>> = {
  java: 'install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)',
  javac: 'install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless)',
  mvn: 'install Maven (Debian: apt-get install maven); it downloads jars from Maven Central once',
  python3: 'install Python 3.11 or newer with pip (Debian: apt-get install python3-pip)',
  go: 'install Go 1.25 or newer (https://go.dev/dl); servers that are not installed are built with it once',
  'apt-get': 'install what it should download; only Debian and its kin do that by themselves',
  dpkg: 'install what it should unpack; only Debian and its kin do that by themselves',
};

/** The full path of a command on PATH, or undefined. */
export function findCommand(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The full path of a tool that has to be there. Throws a `StackError` that names the remedy. */
export function requireTool(tool: Tool): string;
export function requireTool(tool: string, remedy: string): string;
export function requireTool(tool: string, remedy = REMEDIES[tool as Tool]): string {
  const path = findCommand(tool);
  if (path === undefined) throw new StackError(`${tool} is not on PATH: ${remedy}`);
  return path;
}

export type Java = { readonly command: string; readonly version: string };

/** Throws a `StackError` when Java is missing or older than what Kafka 4 runs on. */
export async function requireJava(): Promise<Java> {
  const command = requireTool('java');
  const version = /version "([^"]+)"/.exec(await run(command, ['-version']))?.[1] ?? 'unknown';
  if (!(Number.parseInt(version) >= 17)) {
    throw new StackError(`${command} is version ${version}, Kafka needs 17: ${REMEDIES.java}`);
  }
  return { command, version };
}

type RunOptions = { readonly folder?: string; readonly env?: NodeJS.ProcessEnv };

/** Runs a command to its end. Returns what it wrote; throws a `StackError` with its last line when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.folder,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no code'));
  });
  if (code === 0) return text;
  throw new StackError(`${[command, args[0]].join(' ')} ended with ${code}: ${tellingLine(text)}`);
}

/** The line of a log that says most about a failure: the first that calls itself an error, else the last. */
export function tellingLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const find = (pattern: RegExp): string | undefined => lines.find((line) => pattern.test(line));
  const line = find(/\b(ERROR|FATAL)\b/) ?? find(/Exception|\berror[:=]|^E: /) ?? lines.at(-1);
  return line?.trim().slice(0, 400) ?? 'it wrote nothing';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
