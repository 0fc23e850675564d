import { oneLine } from '@tillstream/runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import { parsePeersOptions, PEERS_HELP } from './options.ts';
import { renderReport } from './report/render.ts';
import type { PeersResult } from './report/results.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parsePeersOptions(args);
  if (options === 'help') {
    console.log(PEERS_HELP);
    return 0;
  }
  const root = mkdtempSync(join(tmpdir(), 'tillstream-peers-'));
  // Servers and contenders end with this process when it exits by itself; what they have written goes after them.
  const leave = (code: number): never => {
    process.once('exit', () => rmSync(root, { recursive: true, force: true, maxRetries: 10 }));
    process.exit(code);
  };
  process.once('SIGINT', () => leave(130)).once('SIGTERM', () => leave(143));
  try {
    const say = (line: string): void => console.error(line);
    const peers = await runCampaign(options, root, { say, save: async (result) => write(options.out, result) });
    console.error(`written to ${join(options.out, 'benchmarks.md')}`);
    return leave(peers.some((peer) => 'wrong' in peer) ? 1 : 0);
  } catch (error) {
    process.stderr.write(`bench:peers: ${oneLine(error)}\n`);
    return leave(2);
  }
}

async function write(folder: string, result: PeersResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'benchmarks.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFile(join(folder, 'benchmarks.md'), renderReport(result));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench:peers: ${oneLine(error)}\n`);
  process.exitCode = 2;
}
