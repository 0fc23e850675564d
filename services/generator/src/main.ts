import { openKafkaLog } from '@tillstream/log';
import {
  createLogger,
  kafkaOptions,
  oneLine,
  parseConfig,
  startHealthServer,
  Telemetry,
  untilToldToStop,
  UserError,
  type Logger,
} from '@tillstream/runtime';
import { tmpdir } from 'node:os';
import { generatorConfig, type GeneratorConfig } from './config.ts';
import type { Pace } from './delivery/pacer.ts';
import { createGenerator, type Progress } from './generator.ts';
import { replaySource } from './replay/replay-source.ts';
import type { Source } from './source.ts';
import { syntheticSource } from './synthetic/synthetic-source.ts';

const REPORT_EVERY_MS = 10_000;

/** Sends its input and ends; told to stop, it ends where a next one goes on. */
async function main(config: GeneratorConfig, logger: Logger): Promise<void> {
  await using open = new AsyncDisposableStack();
  const source = await openSource(config);
  const log = await openKafkaLog(kafkaOptions(config));
  open.defer(async () => log.close());
  const telemetry = new Telemetry(config.TILLSTREAM_PIPELINE);
  const { HEALTH_PORT: port, HEALTH_HOST: host } = config;
  const health = await startHealthServer({ port, telemetry, workers: () => [], stuckAfterMs: 0, now: Date.now }, host);
  open.defer(async () => health.close());
  logger.info({ source: source.id, healthPort: health.port }, 'started');
  const generator = createGenerator({
    source,
    log,
    inboxFolder: config.GENERATOR_INBOX_FOLDER ?? tmpdir(),
    pace: paceOf(config),
    onProgress: progressReport(logger, telemetry),
  });
  const sending = { run: async () => logger.info(await generator.run(), 'sent'), stop: () => generator.stop() };
  await untilToldToStop([sending], { graceMs: config.SHUTDOWN_GRACE_SECONDS * 1000, logger });
}

/** Counts what is sent, and logs it now and then. */
function progressReport(logger: Logger, telemetry: Telemetry): (progress: Progress) => void {
  let reportedAt = Date.now();
  let counted = 0;
  return ({ records, countFiles }) => {
    telemetry.count('generator', [{ name: 'records_sent', dataset: '', value: records - counted }]);
    counted = records;
    if (Date.now() < reportedAt + REPORT_EVERY_MS) return;
    reportedAt = Date.now();
    logger.info({ records, countFiles }, 'sending');
  };
}

async function openSource(config: GeneratorConfig): Promise<Source> {
  const { GENERATOR_REPLAY_FOLDER: folder, GENERATOR_SHUFFLE_SEED: shuffleSeed } = config;
  const { GENERATOR_INBOX_FOLDER: inbox } = config;
  if (folder !== undefined) {
    if (inbox === undefined)
      throw new UserError('GENERATOR_REPLAY_FOLDER needs GENERATOR_INBOX_FOLDER: counts go there');
    return replaySource({ folder, ...(shuffleSeed === undefined ? {} : { shuffleSeed }) });
  }
  const countsAs = inbox === undefined ? 'records' : 'files';
  return syntheticSource({
    seed: config.GENERATOR_SEED,
    transactions: config.GENERATOR_TRANSACTIONS,
    stores: config.GENERATOR_STORES,
    items: config.GENERATOR_ITEMS,
    countsAs,
  });
}

function paceOf(config: GeneratorConfig): Pace {
  const { GENERATOR_SPEED_FACTOR: factor, GENERATOR_RECORDS_PER_SECOND: recordsPerSecond } = config;
  if (factor !== undefined) return { kind: 'speed', factor };
  return recordsPerSecond === 0 ? { kind: 'flatOut' } : { kind: 'rate', recordsPerSecond };
}

const logger = createLogger('generator');
try {
  const config = parseConfig(generatorConfig, process.env);
  await main(config, logger.child({ instance: config.TILLSTREAM_INSTANCE }));
} catch (error) {
  logger.error(oneLine(error));
  process.exitCode = error instanceof UserError ? 2 : 1;
}
