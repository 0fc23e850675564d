import { LOADED_FILE, storageName } from '@tillstream/inventory';

import { openEmbeddedStore } from '../chdb/open-embedded-store.ts';
import { StoreError } from '../store-error.ts';

/** Rows are made by the engine: a block on its way into it would not be taken either. */
function statementOf(step: string, seed: number): string {
  if (step === 'merge') return `OPTIMIZE TABLE pos.${storageName(LOADED_FILE)} FINAL`;
  const rows = Number(step.split(' ')[1]);
  const path = `hex(SHA256(toString(${seed} * 1000000 + number)))`;
  return `INSERT INTO pos.${storageName(LOADED_FILE)} (path, version) SELECT ${path}, 1 FROM numbers(${rows})`;
}

const [path, ...steps] = process.argv.slice(2);
const store = await openEmbeddedStore({ path: path! });
await store.migrate();
for (const [index, step] of steps.entries()) {
  try {
    await store.command(statementOf(step, index));
    console.log('ok');
  } catch (error) {
    console.log(error instanceof StoreError ? `${error.code}: ${error.message}` : String(error));
  }
}
await store.close();
