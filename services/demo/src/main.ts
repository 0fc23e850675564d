import { oneLine } from '@tillstream/runtime';
import { exitOnSignals } from '@tillstream/stack';
import { runDemo } from './commands/demo.ts';
import { runDistributedDemo } from './commands/distributed-demo.ts';
import { DEMO_HELP, parseDemoOptions } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseDemoOptions(args);
  if (options === 'help') {
    console.log(DEMO_HELP);
    return 0;
  }
  exitOnSignals();
  const differences = await (options.distributed ? runDistributedDemo(options) : runDemo(options));
  return differences === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`demo: ${oneLine(error)}\n`);
  process.exitCode = 2;
}
