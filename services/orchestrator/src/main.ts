import { KubeConfig } from '@kubernetes/client-node';
import {
  createLogger,
  oneLine,
  parseConfig,
  startHealthServer,
  untilToldToStop,
  UserError,
  VERSION,
  type Logger,
} from '@tillstream/runtime';
import { operatorConfig, type OperatorConfig } from './config.ts';
import { ApiServer } from './kubernetes/api-server.ts';
import { LeaderElection } from './kubernetes/leader-election.ts';
import { OperatorMetrics } from './operator-metrics.ts';
import { Operator } from './operator.ts';
import { readStageDefaults } from './plan/stage-defaults.ts';

const SERVICE = 'orchestrator';
/** Several attempts to renew a lease fit into its time. */
const LEASE_REQUEST_MS = 4000;
/** The API server was not heard of for so long: a new process may see more. */
const DEAF_AFTER_MS = 15 * 60_000;

async function main(config: OperatorConfig, logger: Logger): Promise<void> {
  await using open = new AsyncDisposableStack();
  const defaults = readStageDefaults(config.OPERATOR_STAGE_DEFAULTS);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const metrics = new OperatorMetrics({
    isLeading: () => election.isLeading,
    queueDepth: () => operator.queueDepth,
    silentSeconds: () => operator.silentMs / 1000,
  });
  const access = {
    config: kubeConfig,
    mayWriteForMs: () => election.actsForMs,
    onAnswer: (method: string, code: number) => metrics.answered(method, code),
  };
  const api = new ApiServer(access);
  const leases = new ApiServer({ ...access, timeoutMs: LEASE_REQUEST_MS });
  const operator = new Operator({
    api,
    namespaces: config.OPERATOR_NAMESPACES,
    instance: config.POD_NAME,
    image: config.OPERATOR_IMAGE,
    defaults,
    metrics,
    logger,
    now: Date.now,
  });
  const lease = { namespace: config.POD_NAMESPACE, name: config.OPERATOR_NAME };
  const election = new LeaderElection({ api: leases, lease, identity: config.POD_NAME, lead: operator, logger });
  const { HEALTH_PORT: port, HEALTH_HOST: host } = config;
  const state = (): 'running' | 'failed' =>
    election.isLeading && operator.silentMs > DEAF_AFTER_MS ? 'failed' : 'running';
  const workers = () => [{ service: SERVICE, state: state(), lastTurnAt: 0, isTurning: false }];
  const health = await startHealthServer({ port, telemetry: metrics, workers, stuckAfterMs: 0, now: Date.now }, host);
  open.defer(async () => health.close());
  logger.info({ version: VERSION, healthPort: health.port, namespaces: config.OPERATOR_NAMESPACES }, 'started');
  await untilToldToStop([election], { graceMs: config.SHUTDOWN_GRACE_SECONDS * 1000, logger });
}

const logger = createLogger(SERVICE);
try {
  const config = parseConfig(operatorConfig, process.env);
  await main(config, logger.child({ instance: config.POD_NAME }));
} catch (error) {
  logger.error(`ends: ${oneLine(error)}`);
  // At once: what is in hand may not be finished by who does not lead any more.
  process.exit(error instanceof UserError ? 2 : 1);
}
