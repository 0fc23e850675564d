import { oneLine } from '@tillstream/runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import { parsePeersOptions, PEERS_HELP } from './options.ts';
import { renderReport } from './report/render.ts';
import { ResultsFile } from './report/results.ts';

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
    const results = new ResultsFile(options.out);
    const report = join(options.out, 'benchmarks.md');
    if (options.reportOnly) await writeFile(report, renderReport(await results.read()));
    const outcomes = options.reportOnly
      ? []
      : await runCampaign(options, root, {
          say,
          save: async (result) => {
            await results.put(result);
            await writeFile(report, renderReport(await results.read()));
          },
        });
    console.error(`written to ${report}`);
    return leave(outcomes.every((outcome) => 'pairs' in outcome && outcome.failed === undefined) ? 0 : 1);
  } catch (error) {
    process.stderr.write(`bench:peers: ${oneLine(error)}\n`);
    return leave(2);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench:peers: ${oneLine(error)}\n`);
  process.exitCode = 2;
}
