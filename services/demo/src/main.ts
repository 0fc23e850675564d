import { oneLine } from '@tillstream/runtime';
import { runDemo } from './commands/demo.ts';
import { runDistributedDemo } from './commands/distributed-demo.ts';
import { DEMO_HELP, parseDemoOptions } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseDemoOptions(args);
  if (options === 'help') {
    console.log(DEMO_HELP);
    return 0;
  }
  // Servers and services are ended when this process exits, which a signal alone does not let it do.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  const differences = await (options.distributed ? runDistributedDemo(options) : runDemo(options));
  return differences === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`demo: ${oneLine(error)}\n`);
  process.exitCode = 2;
}
