/** `pnpm kind up|down`: Tillstream on a Kubernetes in Docker. */
import { findCommand, requireTool, run, StackError } from '@tillstream/stack';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DOWN_COMMANDS, KIND_CLUSTER, TOOLS, upCommands, type Command } from './commands.ts';

const HELP = `usage: pnpm kind up      builds the image, starts a cluster in Docker, installs the chart and a made-up retailer
       pnpm kind down    deletes the cluster`;

const repository = join(import.meta.dirname, '../..');

async function main([action = '--help', ...more]: readonly string[]): Promise<void> {
  if (action === '--help') return console.log(HELP);
  if ((action !== 'up' && action !== 'down') || more.length > 0) throw new StackError(`there is kind up and kind down`);
  const missing = Object.entries(TOOLS).filter(([tool]) => findCommand(tool) === undefined);
  if (missing.length > 0)
    throw new StackError(missing.map(([tool, remedy]) => `${tool} is not on PATH: ${remedy}`).join('\n'));
  await run(requireTool('docker', TOOLS['docker']!), ['info']);
  const clusters = (await run('kind', ['get', 'clusters'])).split('\n');
  const commands = action === 'up' ? upCommands(repository, clusters.includes(KIND_CLUSTER)) : DOWN_COMMANDS;
  for (const command of commands) execute(command);
  if (action === 'up') console.log(`kubectl --context kind-${KIND_CLUSTER} --namespace tillstream get tsp`);
}

/** Shows the command and what it writes. */
function execute([program, ...args]: Command): void {
  console.log(`$ ${[program, ...args].join(' ')}`);
  const { status, signal } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new StackError(`${program} ${args[0]} ended with ${status ?? signal}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`kind: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
