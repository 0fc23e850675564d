import type { Progress } from '../pipeline/flow.ts';

/** One line of the view: how far something has come. */
export type Gauge = Progress & { readonly name: string; readonly note: string };

const BAR_WIDTH = 28;
/** Without a terminal a line now and then is enough. */
const PLAIN_INTERVAL_MS = 2000;

/** Shows work in progress on standard error: bars that redraw on a terminal, plain lines elsewhere. */
export class ProgressView {
  readonly #output: NodeJS.WriteStream;
  #drawnLines = 0;
  #lastPlainAt = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(gauges: readonly Gauge[], now: number): void {
    if (this.#output.isTTY) this.#draw(gauges);
    else if (now - this.#lastPlainAt >= PLAIN_INTERVAL_MS) {
      this.#lastPlainAt = now;
      this.#output.write(
        `${gauges.map(({ name, done, total }) => `${name} ${percent({ done, total })}`).join('  ')}\n`,
      );
    }
  }

  /** Leaves the last picture standing and goes below it. */
  end(): void {
    this.#drawnLines = 0;
  }

  #draw(gauges: readonly Gauge[]): void {
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A` : '';
    const lines = gauges.map((gauge) => `\u001b[2K${barLine(gauge, this.#output.columns)}\n`);
    this.#output.write(up + lines.join(''));
    this.#drawnLines = gauges.length;
  }
}

function barLine({ name, done, total, note }: Gauge, columns: number): string {
  const filled = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return `${name.padEnd(10)} ${bar} ${percent({ done, total }).padStart(4)}  ${note}`.slice(
    0,
    Math.max(20, columns - 1),
  );
}

function percent({ done, total }: Progress): string {
  return total === 0 ? '–' : `${Math.floor((Math.min(done, total) / total) * 100)}%`;
}
