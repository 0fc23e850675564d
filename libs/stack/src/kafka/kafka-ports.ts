import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../process/free-ports.ts';
import type { KafkaPorts } from './kafka-properties.ts';

export async function freeKafkaPorts(plaintext?: number): Promise<KafkaPorts> {
  return {
    plaintext: await freePort(plaintext),
    controller: await freePort(),
    login: await freePort(),
    certificate: await freePort(),
  };
}

/** The ports are part of a broker's identity: clients that lost it come back to the same address. */
export async function keptKafkaPorts(folder: string, plaintext?: number): Promise<KafkaPorts> {
  const file = join(folder, 'ports.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as KafkaPorts;
  const ports = await freeKafkaPorts(plaintext);
  await writeFile(file, JSON.stringify(ports));
  return ports;
}
