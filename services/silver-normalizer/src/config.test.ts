import { parseConfig, UserError } from '@tillstream/runtime';
import { describe, expect, test } from 'vitest';
import { silverConfig } from './config.ts';

const actionsOf = (text: string) =>
  Object.fromEntries(
    parseConfig(silverConfig, { EXPECTATION_ACTIONS: text }).EXPECTATION_ACTIONS.map(({ name, action }) => [
      name,
      action,
    ]),
  );
const DECLARED = { known_item: 'warn', known_counted_item: 'warn', non_negative_count: 'warn' };

describe('actions of expectations', () => {
  test.each([
    ['', DECLARED],
    ['known_item=drop', { ...DECLARED, known_item: 'drop' }],
    [' known_item = drop , non_negative_count=fail,', { ...DECLARED, known_item: 'drop', non_negative_count: 'fail' }],
  ])('may be given: %o', (text, expected) => {
    expect(actionsOf(text)).toEqual(expected);
  });

  test.each([
    [
      'known_item',
      /EXPECTATION_ACTIONS must be name=action pairs with one of warn, drop, quarantine, fail, not known_item$/,
    ],
    ['known_item=kill', /not known_item=kill$/],
    ['unknown=drop', /no expectation is named unknown; there are known_item/],
  ])('must be known: %o', (text, message) => {
    expect(() => actionsOf(text)).toThrow(UserError);
    expect(() => actionsOf(text)).toThrow(message);
  });
});
