import { openKafkaLog } from '@tillstream/log';
import { createLogger, kafkaOptions, oneLine, parseConfig, untilToldToStop, type Logger } from '@tillstream/runtime';
import { tmpdir } from 'node:os';
import { generatorConfig, type GeneratorConfig } from './config.ts';
import type { Pace } from './delivery/pacer.ts';
import { createGenerator } from './generator.ts';
import { replaySource } from './replay/replay-source.ts';
import type { Source } from './source.ts';
import { syntheticSource } from './synthetic/synthetic-source.ts';

const REPORT_EVERY_MS = 10_000;

/** Sends its input and ends; told to stop, it ends where a next one goes on. */
async function main(config: GeneratorConfig, logger: Logger): Promise<void> {
  const log = await openKafkaLog(kafkaOptions(config));
  try {
    let reportedAt = Date.now();
    const generator = createGenerator({
      source: await openSource(config),
      log,
      inboxFolder: config.GENERATOR_INBOX_FOLDER ?? tmpdir(),
      pace: paceOf(config),
      onProgress: ({ records, countFiles }) => {
        if (Date.now() < reportedAt + REPORT_EVERY_MS) return;
        reportedAt = Date.now();
        logger.info({ records, countFiles }, 'sending');
      },
    });
    const sending = { run: async () => logger.info(await generator.run(), 'sent'), stop: () => generator.stop() };
    await untilToldToStop([sending], { graceMs: config.SHUTDOWN_GRACE_SECONDS * 1000, logger });
  } finally {
    await log.close();
  }
}

async function openSource(config: GeneratorConfig): Promise<Source> {
  const { GENERATOR_REPLAY_FOLDER: folder, GENERATOR_SHUFFLE_SEED: shuffleSeed } = config;
  if (folder !== undefined) return replaySource({ folder, ...(shuffleSeed === undefined ? {} : { shuffleSeed }) });
  const countsAs = config.GENERATOR_INBOX_FOLDER === undefined ? 'records' : 'files';
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
  await main(parseConfig(generatorConfig, process.env), logger);
} catch (error) {
  logger.error({ err: error }, oneLine(error));
  process.exitCode = 1;
}
