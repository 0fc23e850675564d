export type { Signal, WantedAnswers } from './port.ts';
export { EmbeddedSignal } from './embedded/embedded-signal.ts';
export { connectNatsSignal, type NatsSignal } from './nats/nats-signal.ts';
export type { NatsCredentials, NatsOptions, NatsSecurity, SignalEvent } from './nats/options.ts';
export { commandSubject, everyPresence, inventorySubject, presenceSubject } from './subjects.ts';
