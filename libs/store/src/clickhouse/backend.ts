import type { Readable } from 'node:stream';

import type { QueryParameters } from '../port.ts';
import type { Layout } from '../schema/layout.ts';
import type { Attempts } from './attempts.ts';

export type Statement = {
  readonly sql: string;
  readonly parameters?: QueryParameters;
  /** What an INSERT stores. */
  readonly rows?: Buffer;
  /** What people wrote, in the format they want when the text names none: it can only read. */
  readonly people?: { readonly format: string };
};

export type Answer = {
  readonly stream: Readable;
  /** Undefined where the server does not say. */
  readonly writtenRows: number | undefined;
};

/** What differs between a server and the engine in the process. */
export type ClickHouseBackend = {
  readonly attempts: Attempts;
  readonly layout: Layout;
  execute(statement: Statement): Promise<Answer>;
  /** Yields buffers of whole rows. */
  streamRowBinary(sql: string, parameters: QueryParameters): AsyncIterable<Buffer>;
  /** Called once, when nothing runs any more but streams. */
  close(): Promise<void>;
};
