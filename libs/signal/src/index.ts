export type { Signal } from './port.ts';
export { EmbeddedSignal } from './embedded/embedded-signal.ts';
