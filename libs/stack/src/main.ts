import { exitOnSignals } from './process/server-process.ts';
import { parseStackCommand, STACK_HELP, type StackCommand } from './options.ts';
import { StackError } from './stack-error.ts';
import { stackDown } from './stack/stack-down.ts';
import { type MemberStatus, stackStatus } from './stack/stack-status.ts';
import { stackUp } from './stack/stack-up.ts';

async function main(args: readonly string[]): Promise<number> {
  const command = parseStackCommand(args);
  if (command === 'help') {
    console.log(STACK_HELP);
    return 0;
  }
  return await ACTIONS[command.action](command);
}

const ACTIONS: Readonly<Record<StackCommand['action'], (command: StackCommand) => Promise<number>>> = {
  async up({ data, kafka }) {
    exitOnSignals();
    await stackUp({ data, kafka }, console.log);
    return await ACTIONS.status({ action: 'status', data, kafka });
  },
  async down({ data }) {
    const ended = await stackDown(data);
    for (const { name, pid, outcome } of ended) console.log(`${name}: ${outcome} (pid ${pid})`);
    if (ended.length === 0) console.log(`nothing of the stack in ${data} was running`);
    return 0;
  },
  async status({ data }) {
    const rows = await stackStatus(data);
    for (const row of rows) console.log(line(row));
    const isWell = rows.every(({ health }) => health === 'well');
    if (!isWell) console.log(`not all is well in ${data}: "stack up" starts what does not run`);
    return isWell ? 0 : 1;
  },
};

function line({ name, health, member }: MemberStatus): string {
  const cells = [name.padEnd(11), health.padEnd(7), (member?.address ?? '').padEnd(24)];
  if (member !== undefined) cells.push(`pid ${String(member.pid).padEnd(8)}`, member.logFile);
  return cells.join(' ').trimEnd();
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Anything else is a bug of ours, and its stack says where.
  process.stderr.write(error instanceof StackError ? `stack: ${error.message}\n` : `${(error as Error).stack}\n`);
  process.exitCode = 2;
}
