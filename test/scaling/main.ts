import { readFile, writeFile } from 'node:fs/promises';
import { compare, renderTable } from './comparison.ts';
import { PAGE, withTable } from './page.ts';

// Compares the autoscaler with others and writes the table into the documentation.
const table = renderTable(compare());
await writeFile(PAGE, withTable(await readFile(PAGE, 'utf8'), table));
console.log(table);
