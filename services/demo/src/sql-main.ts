import { oneLine } from '@tillstream/runtime';
import { openEmbeddedStore } from '@tillstream/store';
import { parseSqlOptions, SQL_HELP } from './options.ts';
import { existingDataFolder } from './pipeline/data-folder.ts';

/** Standard output carries the result alone; whatever goes wrong is one line on standard error. */
async function main(args: readonly string[]): Promise<void> {
  const options = parseSqlOptions(args);
  if (options === 'help') {
    console.log(SQL_HELP);
    return;
  }
  const folder = existingDataFolder(options.data);
  const store = await openEmbeddedStore({
    path: folder.storeFolder,
    temporaryPath: folder.temporaryFolder,
    readOnly: true,
  });
  try {
    process.stdout.write(await store.queryText(options.sql, options.format));
  } finally {
    await store.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sql: ${oneLine(error)}\n`);
  process.exitCode = 1;
}
