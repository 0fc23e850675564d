import { expect, test } from 'vitest';
import { LogError } from '../log-error.ts';
import { asLogError, isRetriable, protocolErrorType } from './kafka-error.ts';
import { protocolError } from './protocol/kafkajs-internals.ts';

const NOT_LEADER = 6;
const TOPIC_AUTHORIZATION_FAILED = 29;
const MESSAGE_TOO_LARGE = 10;

test('what passes by itself is tried again, what does not is told at once', () => {
  expect(isRetriable(protocolError(NOT_LEADER))).toBe(true);
  expect(isRetriable(protocolError(TOPIC_AUTHORIZATION_FAILED))).toBe(false);
  expect(isRetriable(new LogError('corrupt', 'damaged'))).toBe(false);
  expect(isRetriable(new TypeError('a bug'))).toBe(false);
});

test('an error wrapped by kafkajs is told by its cause, with a remedy, in one line', () => {
  const cause = Object.assign(new Error('connect\n  ECONNREFUSED'), {
    name: 'KafkaJSConnectionError',
    retriable: true,
  });
  const wrapped = Object.assign(new Error('gave up', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });
  expect(isRetriable(wrapped)).toBe(true);
  const error = asLogError(wrapped, 'cannot produce to sales/0');
  expect(error.message).toBe(
    'cannot produce to sales/0: connect ECONNREFUSED; check that the brokers run, and their address',
  );
  expect(error.code).toBe('unavailable');
});

test('the code says what kind of failure it was', () => {
  expect(asLogError(protocolError(TOPIC_AUTHORIZATION_FAILED), 'x').code).toBe('not_permitted');
  expect(asLogError(protocolError(MESSAGE_TOO_LARGE), 'x').code).toBe('invalid_batch');
  expect(protocolErrorType(protocolError(NOT_LEADER))).toBe('NOT_LEADER_FOR_PARTITION');
  const own = new LogError('corrupt', 'damaged');
  expect(asLogError(own, 'x')).toBe(own);
});
