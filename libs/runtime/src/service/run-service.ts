import { openKafkaLog, type Log } from '@tillstream/log';
import { EmbeddedSignal, type NatsSecurity, type Signal } from '@tillstream/signal';
import { openClickHouseStore, type Store } from '@tillstream/store';
import type { z } from 'zod';
import { parseConfig } from '../config.ts';
import { controlWorker } from '../control/control-worker.ts';
import { openNatsSignal } from '../control/open-nats-signal.ts';
import { oneLine } from '../errors.ts';
import { EventLog } from '../telemetry/event-log.ts';
import { startHealthServer } from '../telemetry/health-server.ts';
import { LagWatch } from '../telemetry/lag-watch.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { clickHouseOptions, kafkaOptions, natsSecurity } from './connections.ts';
import { untilToldToStop } from './lifetime.ts';
import type { Service, ServicePorts, Task } from './ports.ts';
import { serviceConfig, type ServiceConfig } from './service-config.ts';
import { VERSION } from './version.ts';

export type ServiceDefinition<Config extends ServiceConfig> = {
  readonly name: string;
  readonly config: z.ZodObject & z.ZodType<Config>;
  readonly create: (ports: ServicePorts, config: Config) => Promise<Service> | Service;
};

const EVENTS_EVERY_MS = 10_000;
const LAG_EVERY_MS = 5000;

/**
 * A service as a process of its own: reads its settings, connects, works until SIGTERM, drains, and sets the exit
 * code. 0 after a drain; 1 when it failed or did not end within the grace time; 2 when its settings are not usable.
 */
export async function runService<Config extends ServiceConfig>(definition: ServiceDefinition<Config>): Promise<void> {
  const logger = createLogger(definition.name);
  let config: Config;
  try {
    config = parseConfig(definition.config, process.env) as Config;
  } catch (error) {
    logger.error(oneLine(error));
    process.exitCode = 2;
    return;
  }
  try {
    await serve(definition, config, logger.child({ instance: config.TILLSTREAM_INSTANCE }));
  } catch (error) {
    logger.error({ err: error }, `ends: ${oneLine(error)}`);
    process.exitCode = 1;
  }
}

async function serve<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
  config: Config,
  logger: Logger,
): Promise<void> {
  await using open = new AsyncDisposableStack();
  const ports = await connect(open, definition.name, config, logger);
  const { store, telemetry, now } = ports;
  const { worker, tasks, commands } = await definition.create(ports, config);
  const health = await startHealthServer(
    {
      port: config.HEALTH_PORT,
      telemetry,
      workers: () => [worker.status()],
      stuckAfterMs: config.STUCK_AFTER_SECONDS * 1000,
      now,
    },
    config.HEALTH_HOST,
  );
  open.defer(async () => health.close());
  const identity = { instance: config.TILLSTREAM_INSTANCE, version: VERSION };
  open.defer(controlWorker({ ...ports, ...identity, worker, commands }));
  const events = new EventLog({ store, telemetry, everyMs: EVENTS_EVERY_MS, now });
  logger.info({ version: VERSION, healthPort: health.port }, 'started');
  const lag = new LagWatch({ ...ports, worker, everyMs: LAG_EVERY_MS });
  const parts: readonly Task[] = [worker, ...tasks, events, lag];
  await untilToldToStop(parts, { graceMs: config.SHUTDOWN_GRACE_SECONDS * 1000, logger });
}

/** Ports are closed in the reverse order: what is still to be written goes out before the store closes. */
async function connect(
  open: AsyncDisposableStack,
  service: string,
  config: ServiceConfig,
  logger: Logger,
): Promise<ServicePorts> {
  const pipeline = config.TILLSTREAM_PIPELINE;
  const telemetry = new Telemetry(pipeline);
  const store: Store = await openClickHouseStore({
    ...clickHouseOptions(config),
    onWait: (wait) => logger.warn(wait, 'ClickHouse'),
  });
  open.defer(async () => store.close());
  const log: Log = await openKafkaLog(kafkaOptions(config));
  open.defer(async () => log.close());
  const signal = await openSignal(service, config, { telemetry, logger });
  open.defer(async () => signal.close());
  return { pipeline, log, store, signal, telemetry, logger, now: Date.now };
}

async function openSignal(
  name: string,
  config: ServiceConfig,
  shared: { readonly telemetry: Telemetry; readonly logger: Logger },
): Promise<Signal> {
  const servers = config.NATS_SERVERS;
  if (servers === undefined) return new EmbeddedSignal();
  // Read anew at each attempt to connect: a rotated secret needs no restart.
  const security = (): NatsSecurity => natsSecurity(parseConfig(serviceConfig, process.env));
  return openNatsSignal({ ...shared, pipeline: config.TILLSTREAM_PIPELINE, servers, name, security });
}
