import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '../stack-error.ts';
import { freePort, takePort } from './free-ports.ts';

/** Port by listener; 0 is any that is free. */
export type Ports = Readonly<Record<string, number>>;

/**
 * The ports of the server in `folder`: those it had before, else the preferred ones where they are free. Clients that
 * lost a server come back to the same address, so a port that is taken now is an error and not a reason to move.
 */
export async function keptPorts<Wanted extends Ports>(folder: string, preferred: Wanted): Promise<Wanted> {
  const file = join(folder, 'ports.json');
  if (!existsSync(file)) {
    const ports = await freePorts(preferred);
    await writeFile(file, JSON.stringify(ports));
    return ports;
  }
  const ports = JSON.parse(await readFile(file, 'utf8')) as Wanted;
  for (const port of Object.values(ports)) {
    if (await takePort(port)) continue;
    throw new StackError(
      `port ${port} is taken: end the process that listens there, or delete ${file} for other ports`,
    );
  }
  return ports;
}

export async function freePorts<Wanted extends Ports>(preferred: Wanted): Promise<Wanted> {
  const ports: Record<string, number> = {};
  for (const [name, port] of Object.entries(preferred)) ports[name] = await freePort(port);
  return ports as Wanted;
}
