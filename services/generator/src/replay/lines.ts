import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { GeneratorError } from '../errors.ts';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads a file, unpacked if its name ends in .gz, and calls `onLine` for each line with its bytes up to the `\n`, and
 * its number from 1. A last line without `\n` is a line; nothing follows the last `\n`. The bytes read go into `hash`.
 */
export async function readLines(
  path: string,
  hash: Hash,
  onLine: (line: Buffer, number: number) => void,
): Promise<void> {
  const lines = new LineSplitter(onLine);
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      lines.push(chunk);
    }
    lines.end();
  };
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    if (path.endsWith('.gz')) await pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), consume);
    else await pipeline(file, consume);
  } catch (error) {
    if (error instanceof GeneratorError) throw error;
    throw new GeneratorError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class LineSplitter {
  readonly #onLine: (line: Buffer, number: number) => void;
  /** Beginning of a line whose end has not come yet, in pieces: a line may be longer than many chunks. */
  #pieces: Buffer[] = [];
  #number = 0;

  constructor(onLine: (line: Buffer, number: number) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#line(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#pieces.push(chunk.subarray(start));
  }

  end(): void {
    if (this.#pieces.length > 0) this.#line(Buffer.alloc(0));
  }

  #line(tail: Buffer): void {
    const line = this.#pieces.length === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    this.#pieces = [];
    this.#onLine(line, ++this.#number);
  }
}
