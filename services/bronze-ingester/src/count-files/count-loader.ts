import { INVENTORY_SNAPSHOT_TOPIC, LOADED_FILE, parseCountSheet, QUARANTINE } from '@tillstream/inventory';
import type { Log } from '@tillstream/log';
import type { Count, Telemetry } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { BRONZE_SERVICE } from '../records/stage.ts';
import { countMessages, type SentUpTo } from './count-messages.ts';
import { bookBlocks, quarantineBlock, type LoadedFile } from './file-rows.ts';
import { listInbox, readInboxFile, stampOf, type InboxFile } from './inbox.ts';
import { readSentUpTo } from './resume.ts';

export type CountLoaderOptions = {
  /** Folder that count files are put into, at any depth. */
  readonly inbox: string;
  readonly log: Log;
  readonly store: Store;
  readonly telemetry: Telemetry;
  /** How long to wait before looking again when nothing is new. */
  readonly pollMs: number;
  /** How often files that were loaded are looked at again for new content. */
  readonly recheckMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Files taken together: their rows travel in one go, and one row of the book is not one insert. */
const MAX_FILES_PER_ROUND = 16;

/**
 * Loads count files into `pos.inventory-snapshot`, each content once. Order: quarantine, messages, book. A stop in
 * between is found out at the next start, from the book and from the last records of the topic.
 */
export class CountLoader {
  readonly #options: CountLoaderOptions;
  /** Number of contents loaded so far, by path. */
  readonly #versions = new Map<string, number>();
  readonly #loaded = new Set<string>();
  /** Files as they were when last read, so that only changed ones are read again. */
  readonly #stamps = new Map<string, string>();
  readonly #stopping = new AbortController();
  #sentUpTo: SentUpTo = () => 0;
  #partitions = 0;
  #checkedAt = 0;

  constructor(options: CountLoaderOptions) {
    this.#options = options;
  }

  /** Loads what comes until `stop`. Rejects when it cannot go on. */
  async run(): Promise<void> {
    const { log, pollMs, store } = this.#options;
    for (const row of await store.query<BookRow>('SELECT path, content_hash FROM pos.loaded_file')) {
      this.#book(row.path, row.content_hash);
    }
    this.#sentUpTo = await readSentUpTo(log);
    this.#partitions = (await log.offsets(INVENTORY_SNAPSHOT_TOPIC.name)).length;
    while (!this.#stopping.signal.aborted) {
      const loaded = await this.#round();
      if (loaded === 0) await sleep(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** Finishes the round in hand. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Whether everything that lies in the inbox now has been loaded. */
  async isIdle(): Promise<boolean> {
    return (await this.#newFiles()).length === 0;
  }

  /** Files that came since, else files whose content may have changed: those are looked for less often, since it costs. */
  async #unread(): Promise<readonly string[]> {
    const files = await this.#newFiles();
    const { now, recheckMs } = this.#options;
    if (files.length > 0 || now() < this.#checkedAt + recheckMs) return files;
    this.#checkedAt = now();
    const changed: string[] = [];
    for (const [path, stamp] of this.#stamps) {
      if ((await stampOf(this.#options.inbox, path).catch(() => stamp)) !== stamp) changed.push(path);
    }
    return changed;
  }

  async #newFiles(): Promise<readonly string[]> {
    const paths = await listInbox(this.#options.inbox);
    return paths.filter((path) => !this.#stamps.has(path));
  }

  async #round(): Promise<number> {
    const paths = (await this.#unread()).slice(0, MAX_FILES_PER_ROUND);
    const found = await Promise.all(paths.map(async (path) => this.#read(path)));
    const read = found.filter((one) => one !== undefined);
    const fresh = read.map(({ file }) => file).filter(({ path, hash }) => !this.#loaded.has(bookKey(path, hash)));
    if (fresh.length > 0) await this.#load(fresh);
    for (const { file, stamp } of read) this.#stamps.set(file.path, stamp);
    return read.length;
  }

  /** Undefined when somebody has taken the file away. */
  async #read(path: string): Promise<{ readonly file: InboxFile; readonly stamp: string } | undefined> {
    const { inbox } = this.#options;
    try {
      // Before reading: a change in between is then seen the next time.
      const stamp = await stampOf(inbox, path);
      return { file: await readInboxFile(inbox, path), stamp };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #load(files: readonly InboxFile[]): Promise<void> {
    const { log, now, store, telemetry } = this.#options;
    const sheets = files.map((file) => ({ ...file, ...parseCountSheet(file.text) }));
    const outcomes = sheets.map(({ path, hash, rows, broken }): LoadedFile => {
      const version = (this.#versions.get(path) ?? 0) + 1;
      return { path, hash, version, rowsLoaded: rows.length, broken };
    });
    for (const block of quarantineBlock(outcomes, now())) await store.insert(block);
    await log.produce(countMessages(sheets, this.#partitions, now(), this.#sentUpTo));
    for (const block of bookBlocks(outcomes, now())) await store.insert(block);
    for (const { path, hash } of outcomes) this.#book(path, hash);
    telemetry.count(BRONZE_SERVICE, loadCounts(outcomes));
  }

  #book(path: string, hash: string): void {
    this.#loaded.add(bookKey(path, hash));
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }
}

type BookRow = { readonly path: string; readonly content_hash: string };

function bookKey(path: string, hash: string): string {
  return `${hash} ${path}`;
}

function loadCounts(files: readonly LoadedFile[]): readonly Count[] {
  const broken = files.flatMap((file) => file.broken.flatMap(({ rules }) => rules));
  return [
    { name: 'files_loaded', dataset: LOADED_FILE.name, value: files.length },
    ...broken.map((rule): Count => ({ name: 'rows_quarantined', dataset: QUARANTINE.name, rule, value: 1 })),
  ];
}
