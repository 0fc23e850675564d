import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandSubject, everyPresence, inventorySubject, presenceSubject, subjectToken } from './subjects.ts';

describe('a token', () => {
  test.each([
    ['gold-aggregator', 'gold-aggregator'],
    ['Store_7', 'Store_7'],
    ['ip-10-0-0-1.eu.internal', 'ip-10-0-0-1%2Eeu%2Einternal'],
    ['*', '%2A'],
    ['>', '%3E'],
    ['a.>', 'a%2E%3E'],
    ['a b\tc', 'a%20b%09c'],
    ['a\r\nPUB b 0\r\n', 'a%0D%0APUB%20b%200%0D%0A'],
    ['\u0000', '%00'],
    ['%2E', '%252E'],
    ['Zürich', 'Z%C3%BCrich'],
    ['$SYS', '%24SYS'],
  ])('holds %j in its place', (value, token) => {
    expect(subjectToken(value)).toBe(token);
  });

  test.each([[''], ['x'.repeat(256)], ['.'.repeat(86)], ['\uD800']])('is not made of %j', (value) => {
    expect(() => subjectToken(value)).toThrow(/cannot be part of a subject/);
  });

  test('is one word, and different values have different ones', () => {
    const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(subjectToken(one)).toMatch(/^[A-Za-z0-9_%-]+$/);
        expect(subjectToken(one) === subjectToken(other)).toBe(one === other);
      }),
    );
  });
});

test('subjects have their places', () => {
  expect(inventorySubject('shop', 7)).toBe('tillstream.shop.inventory.7');
  expect(inventorySubject('shop', -7)).toBe('tillstream.shop.inventory.-7');
  expect(presenceSubject('shop', 'gold-aggregator', 'pod-1')).toBe('tillstream.shop.presence.gold-aggregator.pod-1');
  expect(everyPresence('shop')).toBe('tillstream.shop.presence.>');
  expect(commandSubject('shop', 'gold-aggregator', 'pod-1')).toBe('tillstream.shop.command.gold-aggregator.pod-1');
  expect(commandSubject('shop', 'gold-aggregator')).toBe('tillstream.shop.command.gold-aggregator');
  expect(everyPresence('shop.command.>')).toBe('tillstream.shop%2Ecommand%2E%3E.presence.>');
});
