/** What a container runs: the first argument names the service, the environment holds its settings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const services = new URL('services/', import.meta.url);
const [service = '--help', option] = process.argv.slice(2);

if (service === '--help') {
  console.log(`A container runs one service, named by its first argument:\n  ${names().join('\n  ')}`);
  console.log('"<service> --help" tells what it reads, writes and needs.');
} else if (!names().includes(service)) {
  process.stderr.write(`there is no service ${JSON.stringify(service)}: it must be one of ${names().join(', ')}\n`);
  process.exitCode = 2;
} else if (option === '--help') {
  console.log(readFileSync(new URL(`${service}/README.md`, services), 'utf8'));
} else if (option !== undefined) {
  process.stderr.write(`${service} takes no argument ${JSON.stringify(option)}: its settings are in the environment\n`);
  process.exitCode = 2;
} else {
  await import(new URL(`${service}/src/main.ts`, services).href);
}

function names(): string[] {
  return readdirSync(services).filter((name) => existsSync(new URL(`${name}/src/main.ts`, services)));
}
