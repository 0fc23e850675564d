import { parseArgs } from 'node:util';
import type { KafkaVersion } from './kafka/kafka-jars.ts';
import { StackError } from './stack-error.ts';
import { DEFAULT_STACK_DATA } from './stack/state-file.ts';

export const STACK_HELP = `Real servers on this machine, without Docker: Kafka, NATS, ClickHouse and Prometheus, in the background.

  npx --yes pnpm@12.21.0 stack up         start what does not run yet, and wait until every server answers
  npx --yes pnpm@12.21.0 stack status     address, health and log of each; the exit code is 0 only if all are well
  npx --yes pnpm@12.21.0 stack down       end them; their data stays

  --data DIR           keep data, logs and ports here (default ${DEFAULT_STACK_DATA})
  --kafka 4.1|3.9      which Kafka to start (default 4.1); each has data of its own
  --help               this text

They listen on 127.0.0.1 only, without login: Kafka on 9092, NATS on 4222, ClickHouse on 8123, Prometheus on 9090, or
on another port where that one is taken at the first start. The first start downloads Kafka's jars through Maven (45 MB;
needs Java 17 and Maven), builds a NATS server with Go, and unpacks Debian's package of Prometheus (19 MB); a nats-server,
clickhouse or prometheus on PATH is taken instead. Without a ClickHouse, its HTTP interface is served over chDB.
To begin anew: stack down, then delete the folder.`;

export type StackCommand = {
  readonly action: 'up' | 'down' | 'status';
  readonly data: string;
  readonly kafka: KafkaVersion | undefined;
};

/** Throws a `StackError` for anything that is not understood. Returns `help` when that was asked for. */
export function parseStackCommand(args: readonly string[]): StackCommand | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  const [action, ...more] = positionals;
  if (more.length > 0) throw new StackError(`${more.join(' ')} is not understood: see --help`);
  return {
    action: oneOf(['up', 'down', 'status'], action, 'stack takes'),
    data: values.data ?? DEFAULT_STACK_DATA,
    kafka: values.kafka === undefined ? undefined : oneOf<KafkaVersion>(['4.1', '3.9'], values.kafka, '--kafka takes'),
  };
}

function oneOf<Choice extends string>(choices: readonly Choice[], text: string | undefined, who: string): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined)
    throw new StackError(`${who} ${choices.join(' or ')}, not ${text ?? 'nothing'}: see --help`);
  return choice;
}

function parse(args: readonly string[]) {
  try {
    // pnpm passes a bare -- on, which its users are used to write.
    const own = args[0] === '--' ? args.slice(1) : [...args];
    return parseArgs({
      args: own,
      options: { data: { type: 'string' }, kafka: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new StackError(`${(cause as Error).message.split('. ')[0]}: see --help`, { cause });
  }
}
