import { type KafkaVersion, startKafka } from '@tillstream/stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stack-kafka-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['4.1', '3.9'] satisfies KafkaVersion[])(
  'Kafka %s comes back at its old address after a kill and after a stop',
  async (version) => {
    const options = { folder: join(folder, version), version };
    const first = await startKafka(options);
    expect(await accepts(first.brokers)).toBe(true);
    await first.kill();
    expect(await accepts(first.brokers)).toBe(false);

    const second = await startKafka(options);
    expect(second.brokers).toBe(first.brokers);
    expect(second.pid).not.toBe(first.pid);
    await second.stop();
    expect(await accepts(second.brokers)).toBe(false);
  },
);

async function accepts(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return await new Promise((resolve) => {
    const socket = connect(Number(port), host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
