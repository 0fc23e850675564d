import type { Layout } from '../schema/layout.ts';

/**
 * The engine beside our own work on a small machine. chDB's pools for merges are small already (two threads each) and it
 * keeps no log tables; these keep small what grows with time. They change nothing in the cost of an insert.
 */
const SERVER_SETTINGS: Readonly<Record<string, string | number>> = {
  // Defaults 128, 64 and 32: that many threads appear when merged parts are first removed, or a store of many is opened.
  // One thread would not keep up with removing what small inserts leave behind.
  max_parts_cleaning_thread_pool_size: 8,
  max_active_parts_loading_thread_pool_size: 2,
  max_outdated_parts_loading_thread_pool_size: 1,
  // Defaults 5 GiB, and 100 MiB for the last: what the process would grow into while it is read from.
  mark_cache_size: 64 * 1024 ** 2,
  index_mark_cache_size: 16 * 1024 ** 2,
  primary_index_cache_size: 64 * 1024 ** 2,
  query_condition_cache_size: 16 * 1024 ** 2,
  // Default 0.9 of the machine or container; a query that wants more fails, and the process goes on.
  max_server_memory_usage_to_ram_ratio: 0.5,
};

/**
 * Inserts are refused when there is less room: chDB takes a write that fails for one that does not, and finds out later
 * that the file is cut off (see failed-writes.ts). Enough for the inserts that run at the same time.
 */
const MIN_FREE_DISK_BYTES = 64 * 1024 ** 2;

const ROOM = { min_free_disk_bytes_to_perform_insert: MIN_FREE_DISK_BYTES };

/** Of every session, from its start: later they could only be set for good. */
const SESSION_SETTINGS: Readonly<Record<string, string | number>> = {
  async_insert: 0,
  // The port's promise; off by default since ClickHouse 25.8.
  output_format_json_quote_64bit_integers: 1,
  ...ROOM,
};

/**
 * Parts that were merged stay for a while; chDB would remove them at once. Linux starts to write what is in its cache to the
 * disk after 35 seconds at the latest, so a power cut cannot take rows of long ago with the part they were merged into.
 * Each such part takes some 12 KB of memory.
 */
const OLD_PARTS_LIFETIME_SECONDS = 45;

export const EMBEDDED_LAYOUT: Layout = {
  settings: () => ({ old_parts_lifetime: OLD_PARTS_LIFETIME_SECONDS }),
};

export function writerArguments(): string[] {
  return [...assignments(SESSION_SETTINGS), '--', ...assignments(SERVER_SETTINGS)];
}

/** 2: reads only, but its own settings may be given with a statement. */
export function readerArguments(): string[] {
  return [...assignments({ ...SESSION_SETTINGS, readonly: 2 }), '--', ...assignments(SERVER_SETTINGS)];
}

/** As on a server: but for the room that is kept, without settings of our own for the session; they come with each request. */
export function endpointArguments({ readOnly = false } = {}): string[] {
  return [...assignments(readOnly ? { ...ROOM, readonly: 2 } : ROOM), '--', ...assignments(SERVER_SETTINGS)];
}

function assignments(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}
