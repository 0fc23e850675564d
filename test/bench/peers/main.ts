import { oneLine } from '@tillstream/runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import { parsePeersOptions, PEERS_HELP } from './options.ts';
import { renderReport } from './report/render.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parsePeersOptions(args);
  if (options === 'help') {
    console.log(PEERS_HELP);
    return 0;
  }
  const root = mkdtempSync(join(tmpdir(), 'tillstream-peers-'));
  try {
    const result = await runCampaign(options, root, (line) => console.error(line));
    await mkdir(options.out, { recursive: true });
    await writeFile(join(options.out, 'benchmarks.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    await writeFile(join(options.out, 'benchmarks.md'), renderReport(result));
    console.error(`written to ${join(options.out, 'benchmarks.md')}`);
    return result.peers.some((peer) => 'wrong' in peer) ? 1 : 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

let code: number;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench:peers: ${oneLine(error)}\n`);
  code = 2;
}
// What has failed half-way may have left servers, which end with this process.
process.exit(code);
