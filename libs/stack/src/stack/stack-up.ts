import { resolve } from 'node:path';
import type { KafkaVersion } from '../kafka/kafka-jars.ts';
import { identify, isRunning } from '../process/process-identity.ts';
import type { OnProgress } from '../progress.ts';
import { type ScrapeTarget, setScrapeTargets } from '../prometheus/prometheus-server.ts';
import { StackError } from '../stack-error.ts';
import { alone } from './alone.ts';
import {
  memberAnswers,
  MEMBER_NAMES,
  type MemberName,
  type MemberOptions,
  MEMBERS,
  prometheusFolder,
} from './members.ts';
import { endMembers } from './stack-down.ts';
import { DEFAULT_STACK_DATA, readState, type StartedMember, writeState } from './state-file.ts';

export type StackOptions = {
  readonly data?: string | undefined;
  /** Default is the version that runs, else 4.1. */
  readonly kafka?: KafkaVersion | undefined;
};

export type Stack = {
  readonly data: string;
  readonly kafkaVersion: KafkaVersion;
  /** `127.0.0.1:port`. */
  readonly kafkaBrokers: string;
  /** `127.0.0.1:port`. */
  readonly natsServer: string;
  readonly clickHouseUrl: string;
  readonly prometheusUrl: string;
  /** What Prometheus scrapes from now on, instead of what it scraped before. */
  setScrapeTargets(targets: readonly ScrapeTarget[]): Promise<void>;
};

/**
 * Starts what does not run yet, in the background: it outlives this process and ends with `stackDown`. Resolves when
 * every server answers. When one fails, those that this call has started are ended again. Throws a `StackError`.
 */
export async function stackUp(options: StackOptions, onProgress: OnProgress): Promise<Stack> {
  const data = resolve(options.data ?? DEFAULT_STACK_DATA);
  return await alone(data, async () => await startMissing(data, options.kafka, onProgress));
}

async function startMissing(data: string, wanted: KafkaVersion | undefined, onProgress: OnProgress): Promise<Stack> {
  const state = readState(data);
  const running = (state?.members ?? []).filter(isRunning);
  const kafka = kafkaVersion(wanted, running.length > 0 ? state?.kafka : undefined);
  await expectAnswers(running);

  const missing = MEMBER_NAMES.filter((name) => !running.some((member) => member.name === name));
  const memberOptions = { data, kafka, onProgress };
  for (const name of missing) await MEMBERS[name].prepare(memberOptions);
  const started: StartedMember[] = [];
  try {
    for (const name of missing) {
      started.push(await start(name, memberOptions));
      writeState(data, { kafka, members: [...running, ...started] });
    }
  } catch (error) {
    await endMembers(data, ({ name }) => missing.includes(name));
    throw error;
  }
  return describe(data, kafka, [...running, ...started]);
}

function kafkaVersion(wanted: KafkaVersion | undefined, running: KafkaVersion | undefined): KafkaVersion {
  if (wanted !== undefined && running !== undefined && wanted !== running) {
    throw new StackError(`the stack runs with Kafka ${running}, not ${wanted}: end it first, by "stack down"`);
  }
  return wanted ?? running ?? '4.1';
}

async function expectAnswers(running: readonly StartedMember[]): Promise<void> {
  for (const { name, address, pid, logFile } of running) {
    if (await memberAnswers(name, address)) continue;
    throw new StackError(
      `${name} (pid ${pid}) runs but does not answer at ${address}: see ${logFile}, or "stack down" and "stack up"`,
    );
  }
}

async function start(name: MemberName, options: MemberOptions): Promise<StartedMember> {
  const { server, address } = await MEMBERS[name].start(options);
  const identity = identify(server.pid);
  if (identity === undefined) throw new StackError(`${name} has ended right after its start: see ${server.logFile}`);
  options.onProgress(`${name}: ${address} (pid ${server.pid})`);
  return { name, address, ...identity, logFile: server.logFile };
}

function describe(data: string, kafka: KafkaVersion, members: readonly StartedMember[]): Stack {
  const address = (name: MemberName): string => members.find((member) => member.name === name)?.address ?? '';
  return {
    data,
    kafkaVersion: kafka,
    kafkaBrokers: address('kafka'),
    natsServer: address('nats'),
    clickHouseUrl: address('clickhouse'),
    prometheusUrl: address('prometheus'),
    setScrapeTargets: async (targets) => await setScrapeTargets(prometheusFolder(data), targets),
  };
}
