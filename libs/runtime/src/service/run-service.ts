import { openKafkaLog, type Log } from '@tillstream/log';
import { EmbeddedSignal, type NatsSecurity, type Signal } from '@tillstream/signal';
import { openClickHouseStore, type Store, type StoreWait } from '@tillstream/store';
import type { z } from 'zod';
import { parseConfig } from '../config.ts';
import { controlWorker } from '../control/control-worker.ts';
import { openNatsSignal } from '../control/open-nats-signal.ts';
import { oneLine } from '../errors.ts';
import { EventLog } from '../telemetry/event-log.ts';
import { startHealthServer } from '../telemetry/health-server.ts';
import { LagWatch } from '../telemetry/lag-watch.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { exportProcessMetrics } from '../telemetry/process-metrics.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { clickHouseOptions, kafkaOptions, natsSecurity } from './connections.ts';
import { untilToldToStop } from './lifetime.ts';
import type { Worker } from '../worker/worker.ts';
import type { Service, ServicePorts, Task } from './ports.ts';
import { serviceConfig, type ServiceConfig } from './service-config.ts';
import { VERSION } from './version.ts';

export type ServiceDefinition<Config extends ServiceConfig> = {
  /** Of the process: in its log, and in metrics that are the process's. */
  readonly name: string;
  readonly config: z.ZodObject & z.ZodType<Config>;
  /** What runs in it. When one of them fails, all end. */
  readonly create: (ports: ServicePorts, config: Config) => Promise<readonly Service[]>;
};

const EVENTS_EVERY_MS = 10_000;
const LAG_EVERY_MS = 5000;

/**
 * Services as a process: reads its settings, connects, works until SIGTERM, drains, and sets the exit code. 0 after a
 * drain; 1 when it failed or did not end within the grace time; 2 when its settings are not usable.
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
  const telemetry = new Telemetry(config.TILLSTREAM_PIPELINE);
  let started: readonly Worker[] | undefined;
  const waiting = {
    service: definition.name,
    state: 'starting',
    partitions: [],
    lastTurnAt: Date.now(),
    isTurning: false,
  } as const;
  const workers = () => started?.map((worker) => worker.status()) ?? [waiting];
  const onStoreWait = exportProcessMetrics({
    telemetry,
    pipeline: config.TILLSTREAM_PIPELINE,
    service: definition.name,
    version: VERSION,
    workers,
  });
  // Before it connects: one that waits for servers that are away is alive, and not ready.
  const health = await startHealthServer(
    {
      port: config.HEALTH_PORT,
      telemetry,
      workers,
      stuckAfterMs: config.STUCK_AFTER_SECONDS * 1000,
      now: Date.now,
    },
    config.HEALTH_HOST,
  );
  open.defer(async () => health.close());
  const ports = await connect(open, definition.name, config, { telemetry, logger, onStoreWait });
  const { store, now } = ports;
  const services = await definition.create(ports, config);
  started = services.map(({ worker }) => worker);
  const identity = { instance: config.TILLSTREAM_INSTANCE, version: VERSION };
  for (const service of services) open.defer(controlWorker({ ...ports, ...identity, ...service }));
  const events = new EventLog({ store, telemetry, everyMs: EVENTS_EVERY_MS, now });
  logger.info({ version: VERSION, healthPort: health.port }, 'started');
  const lags = started.map((worker) => new LagWatch({ ...ports, worker, everyMs: LAG_EVERY_MS }));
  const parts: readonly Task[] = [...started, ...services.flatMap(({ tasks }) => tasks), events, ...lags];
  await untilToldToStop(parts, { graceMs: config.SHUTDOWN_GRACE_SECONDS * 1000, logger });
}

/** Ports are closed in the reverse order: what is still to be written goes out before the store closes. */
async function connect(
  open: AsyncDisposableStack,
  service: string,
  config: ServiceConfig,
  shared: { readonly telemetry: Telemetry; readonly logger: Logger; readonly onStoreWait: (wait: StoreWait) => void },
): Promise<ServicePorts> {
  const { telemetry, logger, onStoreWait } = shared;
  const pipeline = config.TILLSTREAM_PIPELINE;
  const store: Store = await openClickHouseStore({
    ...clickHouseOptions(config),
    onWait: (wait) => {
      logger.warn(wait, 'ClickHouse');
      onStoreWait(wait);
    },
  });
  open.defer(async () => store.close());
  const log: Log = await openKafkaLog(kafkaOptions(config));
  open.defer(async () => log.close());
  const signal = await openSignal(service, config, shared);
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
