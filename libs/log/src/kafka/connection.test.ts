import { createHook } from 'node:async_hooks';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { KafkaConnection } from './connection.ts';

const API_VERSIONS = 18;
const METADATA = 3;
const OBSERVED_MS = 1_000;

type Send = (socket: Socket, answer: Buffer) => void;

/** Answers what a client asks when it connects: one broker, itself, no topics. */
async function tinyBroker(send: Send = (socket, answer) => void socket.write(answer)): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (request) => {
      const answer = request.readInt16BE(4) === API_VERSIONS ? apiVersions() : metadata(portOf());
      const head = Buffer.alloc(8);
      head.writeInt32BE(answer.length + 4);
      request.copy(head, 4, 8, 12);
      send(socket, Buffer.concat([head, answer]));
    });
  });
  const portOf = (): number => (server.address() as { port: number }).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf();
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function apiVersions(): Buffer {
  const apis = [API_VERSIONS, METADATA].map((key) => Buffer.from([0, key, 0, 0, 0, key === METADATA ? 1 : 2]));
  return Buffer.concat([Buffer.alloc(2), int32(apis.length), ...apis, int32(0)]);
}

/** Version 1: brokers with host, port and rack, the controller, topics. */
function metadata(port: number): Buffer {
  const host = Buffer.concat([Buffer.from([0, 9]), Buffer.from('127.0.0.1')]);
  const noRack = Buffer.from([0xff, 0xff]);
  return Buffer.concat([int32(1), int32(1), host, int32(port), noRack, int32(1), int32(0)]);
}

/** Without the patch of kafkajs, an idle connection wakes the process up 700 to 1,000 times a second. */
test('an idle connection leaves the process asleep, and warns of no negative timer', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  const connection = new KafkaConnection({
    brokers: [`127.0.0.1:${await tinyBroker()}`],
    clientId: 'idle',
    security: { protocol: 'plaintext' },
  });
  await connection.open();
  onTestFinished(async () => {
    process.off('warning', onWarning);
    await connection.close();
  });
  let timers = 0;
  const hook = createHook({
    init: (_, type) => {
      if (type === 'Timeout') timers++;
    },
  }).enable();
  await new Promise((resolve) => setTimeout(resolve, OBSERVED_MS));
  hook.disable();
  // Its own, and those of the test runner.
  expect(timers).toBeLessThan(20);
  expect(warnings).not.toContain('TimeoutNegativeWarning');
});

function openTo(port: number): KafkaConnection {
  const brokers = [`127.0.0.1:${port}`];
  const connection = new KafkaConnection({ brokers, clientId: 'pieces', security: { protocol: 'plaintext' } });
  onTestFinished(async () => connection.close());
  return connection;
}

test.each([1, 3, 4, 5, 8, 13])('answers that come in pieces of %i bytes are put together', async (pieceBytes) => {
  const port = await tinyBroker((socket, answer) => {
    socket.setNoDelay(true);
    for (let start = 0; start < answer.length; start += pieceBytes) {
      socket.write(answer.subarray(start, start + pieceBytes));
    }
  });
  const connection = openTo(port);
  await connection.open();
  await Promise.all(Array.from({ length: 20 }, async () => connection.refresh()));
  expect((await connection.broker(1)).brokerAddress).toBe(`127.0.0.1:${port}`);
});

test('half an answer is not the beginning of the first one of the next connection', async () => {
  let cuts = 0;
  const port = await tinyBroker((socket, answer) => {
    if (cuts === 0) socket.write(answer);
    else socket.end(answer.subarray(0, answer.length - cuts--));
  });
  const connection = openTo(port);
  await connection.open();
  for (const left of [1, 5, 9]) {
    cuts = left;
    await expect(connection.refresh()).rejects.toThrow(/Closed connection/);
    cuts = 0;
    await connection.refresh();
  }
});

test('an answer that cannot be one ends the connection, whatever comes behind it', async () => {
  let isOdd = false;
  const port = await tinyBroker((socket, answer) => void socket.write(isOdd ? Buffer.alloc(64) : answer));
  const connection = openTo(port);
  await connection.open();
  isOdd = true;
  await expect(connection.refresh()).rejects.toThrow('An answer of 0 bytes is none');
});
