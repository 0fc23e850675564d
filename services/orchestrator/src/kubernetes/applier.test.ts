import { expect, test } from 'vitest';
import { Applier } from './applier.ts';
import { DEPLOYMENTS } from './kinds.ts';
import type { KubernetesObject } from './object.ts';
import { anObject } from './testing/scripted-server.ts';

function setUp() {
  const applied: unknown[] = [];
  const stored = (generation: number, uid = 'uid-x'): KubernetesObject => {
    const object = anObject('x', generation);
    return { ...object, metadata: { ...object.metadata, generation, uid } };
  };
  const applier = new Applier({
    apply: async <Made>(_: unknown, object: object): Promise<Made> => {
      applied.push(object);
      return stored(applied.length) as Made;
    },
  });
  const apply = async (spec: object, found: KubernetesObject | undefined): Promise<number> => {
    await applier.apply({ kind: DEPLOYMENTS, object: { metadata: { name: 'x', namespace: 'shop' }, spec } }, found);
    return applied.length;
  };
  return { apply, stored };
}

test('asks for what is not there, is other, was changed by somebody, or made anew; and for nothing else', async () => {
  const { apply, stored } = setUp();
  expect(await apply({ a: 1 }, undefined)).toBe(1);
  expect(await apply({ a: 1 }, stored(1))).toBe(1);
  expect(await apply({ a: 2 }, stored(1))).toBe(2);
  expect(await apply({ a: 2 }, stored(2))).toBe(2);
  expect(await apply({ a: 2 }, stored(3))).toBe(3);
  expect(await apply({ a: 2 }, stored(3))).toBe(3);
  expect(await apply({ a: 2 }, stored(3, 'uid-y'))).toBe(4);
});
