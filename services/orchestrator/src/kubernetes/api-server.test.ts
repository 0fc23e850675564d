import { expect, test } from 'vitest';
import { PIPELINE_RUNS } from './kinds.ts';
import { anObject, ScriptedServer } from './testing/scripted-server.ts';

const OBJECT = { metadata: { name: 'a', namespace: 'shop' }, spec: { a: 1 } };

test('who does not lead reads, and writes nothing', async () => {
  await using server = await ScriptedServer.start();
  const api = server.api(() => 0);
  await expect(api.create(PIPELINE_RUNS, OBJECT)).rejects.toThrow('is not sent: this replica is not the leader');
  expect(server.requests).toEqual([]);
  server.objects = [anObject('a', 1)];
  await expect(api.list(PIPELINE_RUNS, 'shop', {})).resolves.toMatchObject({ items: [{}] });
});

test('who stops leading while a connection is made sends no content', async () => {
  await using server = await ScriptedServer.start();
  const answers = [1000, 0];
  const api = server.api(() => answers.shift()!);
  await expect(api.create(PIPELINE_RUNS, OBJECT)).rejects.toThrow('is not sent: this replica is not the leader');
  expect(answers).toEqual([]);
  expect(server.bodies).toEqual([]);
});

test('who leads writes, in one piece: chunks would be ended by a later write, when another may lead', async () => {
  await using server = await ScriptedServer.start();
  await server.api().create(PIPELINE_RUNS, { ...OBJECT, spec: { a: 'Größe' } });
  const [body] = server.bodies;
  expect(JSON.parse(body!)).toMatchObject({ spec: { a: 'Größe' } });
  expect(server.lengths).toEqual([String(Buffer.byteLength(body!))]);
});

test('a write is given up when others may act, and not later', async () => {
  await using server = await ScriptedServer.start();
  server.isMute = true;
  await expect(server.api(() => 50).create(PIPELINE_RUNS, OBJECT)).rejects.toThrow('no answer within 0.1 s');
});
