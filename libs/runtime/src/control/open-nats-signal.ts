import { connectNatsSignal, type NatsOptions, type NatsSignal, type SignalEvent } from '@tillstream/signal';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export type NatsSignalOptions = Omit<NatsOptions, 'onEvent'> & {
  readonly pipeline: string;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
};

/** A signal over NATS whose fate is logged and counted. It connects in the background. */
export async function openNatsSignal(options: NatsSignalOptions): Promise<NatsSignal> {
  const { pipeline, telemetry, logger, ...natsOptions } = options;
  const { registry } = telemetry;
  const labels = { pipeline, service: options.name };
  const events = new Counter({
    name: 'tillstream_signal_events_total',
    help: 'What happened to the connection with NATS: connected, lost, an attempt failed, something was refused',
    labelNames: ['pipeline', 'service', 'kind'],
    registers: [registry],
  });
  const log = eventLogger(logger);
  const onEvent = (event: SignalEvent): void => {
    events.inc({ ...labels, kind: event.kind });
    log(event);
  };
  const signal = await connectNatsSignal({ ...natsOptions, onEvent });
  exportState(signal, registry, labels);
  return signal;
}

function exportState(signal: NatsSignal, registry: Registry, labels: { pipeline: string; service: string }): void {
  const shared = { labelNames: Object.keys(labels), registers: [registry] };
  const connected: Gauge = new Gauge({
    ...shared,
    name: 'tillstream_signal_connected',
    help: 'Whether there is a connection with NATS',
    collect: () => connected.set(labels, Number(signal.isConnected)),
  });
  const dropped: Counter = new Counter({
    ...shared,
    name: 'tillstream_signal_dropped_messages_total',
    help: 'News and announcements that were not sent: NATS was away or too slow, or they were too large',
    collect: () => {
      dropped.reset();
      dropped.inc(labels, signal.droppedMessages);
    },
  });
}

/** One line for each thing that is new: of an outage's many attempts those that fail otherwise than the one before. */
function eventLogger(logger: Logger): (event: SignalEvent) => void {
  let last = '';
  return (event) => {
    if (event.kind === 'connected') {
      last = '';
      logger.info({ server: event.server }, 'connected with NATS');
      return;
    }
    if (event.reason === last) return;
    last = event.reason;
    logger.warn(
      event.kind === 'refused' ? event.reason : `${event.reason}; the flow goes on without news and commands`,
    );
  };
}
