import { readFileSync } from 'node:fs';

/** Of the code that runs: told by the image that holds it, else that of the repository. */
export const VERSION: string = process.env['TILLSTREAM_VERSION'] ?? packageVersion();

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
