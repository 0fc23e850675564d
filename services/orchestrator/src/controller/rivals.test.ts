import { expect, test } from 'vitest';
import { anObject } from '../kubernetes/testing/scripted-server.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { rivalOf } from './rivals.ts';

function pipeline(name: string, namespace: string, brokers: readonly string[], createdAt: number): KubernetesObject {
  const spec = { kafka: { brokers }, clickhouse: { url: `http://clickhouse-${name}.x:8123` } };
  const object = anObject(name, 1, { spec });
  const creationTimestamp = new Date(createdAt).toISOString();
  return { ...object, metadata: { ...object.metadata, namespace, creationTimestamp } };
}

const old = pipeline('old', 'shop', ['kafka:9092', 'b.example:9092'], 1);

test.each([
  ['a name in the same namespace', pipeline('new', 'shop', ['kafka:9092'], 2), 'shop/old'],
  ['the same name in another namespace', pipeline('new', 'other', ['kafka:9092'], 2), undefined],
  ['one broker of several, anywhere', pipeline('new', 'other', ['a.example:9092', 'b.example:9092'], 2), 'shop/old'],
  ['a younger one is no rival', pipeline('older', 'shop', ['kafka:9092'], 0), undefined],
  ['of the same second, by name', pipeline('zzz', 'shop', ['kafka:9092'], 1), 'shop/old'],
])('%s', (_, one, rival) => {
  expect(rivalOf(one, [one, old])).toBe(rival);
});
