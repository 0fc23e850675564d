import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { freePort } from './free-ports.ts';

const PROCESSES = 3;
const PORTS_EACH = 300;

const askForPorts = `
  const { freePort } = await import(${JSON.stringify(new URL('./free-ports.ts', import.meta.url).href)});
  const ports = [];
  for (let asked = 0; asked < ${PORTS_EACH}; asked++) ports.push(await freePort(0));
  console.log(JSON.stringify(ports));
  process.stdin.resume();
`;

describe('a free port', () => {
  it('is given once, also to processes that have not opened theirs yet', async () => {
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, ['--input-type=module', '--eval', askForPorts], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const answers = await Promise.all(
      children.map(async (child) => (await once(createInterface(child.stdout), 'line'))[0] as string),
    );
    for (const child of children) child.stdin.end();
    const ports = answers.flatMap((answer) => JSON.parse(answer) as number[]);
    expect(ports).toHaveLength(PROCESSES * PORTS_EACH);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('is the preferred one again for its own process, not for a listener in its way', async () => {
    const port = await freePort(0);
    expect(await freePort(port)).toBe(port);
    const listener = createServer().listen(port, '127.0.0.1');
    await once(listener, 'listening');
    expect(await freePort(port)).not.toBe(port);
    listener.close();
  });
});
