import { DistributedPipeline, isDrained, prepareDataFolder, type Servers } from '@tillstream/demo';
import { syntheticSource, writeReferenceData } from '@tillstream/generator';
import { RAW_INVENTORY_CHANGE, RAW_INVENTORY_SNAPSHOT, type Table } from '@tillstream/inventory';
import { audit } from '@tillstream/store';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type ChaosOptions = {
  readonly replicas?: number;
  /** Whether the stages are one process. */
  readonly together?: boolean;
  readonly recordsPerSecond?: number;
  readonly stores?: number;
  readonly items?: number;
  /** For a proxy before the broker. */
  readonly kafkaPorts?: { readonly port: number; readonly advertisedPort: number };
  /** Called with the folder of the servers before they start. What it returns is called when they have ended. */
  readonly prepare?: (serversFolder: string) => () => void;
  /** More settings of every service. */
  readonly env?: (servers: Servers) => Promise<Readonly<Record<string, string>>>;
};

/** Enough for five minutes; of thirty simulated days, so that stores count again and again within a run. */
const TRANSACTIONS = 300_000;
const SEED = 1;
const POLL_MS = 200;

/** The distributed pipeline under continuous load, for something to go wrong in. Disposing of it ends every process. */
export class ChaosRun implements AsyncDisposable {
  readonly pipeline: DistributedPipeline;
  readonly #root: string;
  readonly #cleanUp: (() => void) | undefined;
  #restarts = 0;

  private constructor(root: string, pipeline: DistributedPipeline, cleanUp: (() => void) | undefined) {
    this.#root = root;
    this.#cleanUp = cleanUp;
    this.pipeline = pipeline;
  }

  static async start(options: ChaosOptions = {}): Promise<ChaosRun> {
    const {
      replicas = 2,
      together = false,
      recordsPerSecond = 1000,
      stores = 12,
      items = 500,
      env,
      kafkaPorts,
      prepare,
    } = options;
    const root = mkdtempSync(join(tmpdir(), 'tillstream-chaos-'));
    const synthetic = { seed: SEED, transactions: TRANSACTIONS, stores, items, countsAs: 'files' } as const;
    const folder = prepareDataFolder(join(root, 'data'), syntheticSource(synthetic).id);
    await writeReferenceData(folder.reference, synthetic);
    const cleanUp = prepare?.(join(folder.root, 'servers'));
    let onRestart = (): void => undefined;
    const pipeline = await DistributedPipeline.open({
      folder,
      replicas,
      together,
      kafkaVersion: '4.1',
      ...(kafkaPorts === undefined ? {} : { kafkaPorts }),
      env: async (servers) => ({ KAFKA_SESSION_TIMEOUT_SECONDS: '6', ...(await env?.(servers)) }),
      onProgress: () => undefined,
      onRestart: () => onRestart(),
    });
    const run = new ChaosRun(root, pipeline, cleanUp);
    onRestart = () => run.#restarts++;
    try {
      pipeline.start();
      await pipeline.fleet.untilReady();
      pipeline.fleet.start('generator', 'generator-1', {
        GENERATOR_SEED: String(SEED),
        GENERATOR_TRANSACTIONS: String(TRANSACTIONS),
        GENERATOR_STORES: String(stores),
        GENERATOR_ITEMS: String(items),
        GENERATOR_RECORDS_PER_SECOND: String(recordsPerSecond),
        GENERATOR_INBOX_FOLDER: folder.inbox,
      });
      await run.untilInventory();
    } catch (error) {
      await run[Symbol.asyncDispose]();
      throw error;
    }
    return run;
  }

  /** How often a process ended by itself, or was killed, and was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Waits until gold has rows: everything runs. */
  async untilInventory(): Promise<void> {
    await this.until('inventory', async () => (await this.count('inventory_current')) > 0);
  }

  async until(what: string, isSo: () => Promise<boolean>, withinSeconds = 120): Promise<void> {
    const endsAt = performance.now() + withinSeconds * 1000;
    while (!(await Promise.race([isSo(), this.pipeline.fleet.failed]))) {
      if (performance.now() > endsAt) throw new Error(`no ${what} within ${withinSeconds} s`);
      await sleep(POLL_MS);
    }
  }

  /** Ends the load, waits until all of it has come through, and tells what is wrong: nothing lost, doubled or different. */
  async settle(): Promise<{ readonly rows: number; readonly differences: number; readonly records: number }> {
    await this.pipeline.fleet.retire('generator-1');
    const { log, store } = this.pipeline;
    await this.until('end of the backlog', async () => (await this.pipeline.isInboxEmpty()) && isDrained(log), 300);
    const records =
      (await this.#requireWhole(RAW_INVENTORY_CHANGE)) + (await this.#requireWhole(RAW_INVENTORY_SNAPSHOT));
    return { ...(await audit(store)), records };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pipeline.stop();
    this.#cleanUp?.();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Bronze has every record that Kafka has acknowledged, once. Returns how many. */
  async #requireWhole(table: Table): Promise<number> {
    const { log, store } = this.pipeline;
    const [topic] = table.inputs;
    const ends = (await log.offsets(topic!)).map(({ end }) => end);
    const rows = await store.query<{ partition: number; rows: string; offsets: string; end: string }>(
      `SELECT partition, count() AS rows, uniqExact(offset) AS offsets, max(offset) + 1 AS end
       FROM pos.{table:Identifier} GROUP BY partition`,
      { table: table.name },
    );
    const found = ends.map((_, partition) => rows.find((row) => row.partition === partition));
    const wrong = ends.filter(
      (end, partition) =>
        ![found[partition]?.rows, found[partition]?.offsets, found[partition]?.end].every(
          (n) => Number(n ?? 0) === end,
        ),
    );
    if (wrong.length > 0)
      throw new Error(`${table.name} is not what ${topic} holds: ${JSON.stringify({ ends, found })}`);
    return ends.reduce((sum, end) => sum + end, 0);
  }

  async count(table: string): Promise<number> {
    const rows = await this.pipeline.store.query<{ rows: string }>(
      'SELECT count() AS rows FROM pos.{table:Identifier}',
      {
        table,
      },
    );
    return Number(rows[0]!.rows);
  }
}
