import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';

import { StoreError } from '../store-error.ts';
import { toStoreError } from './to-store-error.ts';

const clickHouse = (code: number, message: string, type: string) =>
  new Error(`Code: ${code}. DB::Exception: ${message}. (${type})`);

describe('toStoreError', () => {
  it.each([
    [clickHouse(243, 'Cannot reserve 1.00 MiB, not enough space', 'NOT_ENOUGH_SPACE'), 'disk_full'],
    [clickHouse(75, 'Cannot write: errno: 28, strerror: No space left on device', 'CANNOT_WRITE'), 'disk_full'],
    [Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), 'disk_full'],
    [clickHouse(252, 'Too many parts (3000)', 'TOO_MANY_PARTS'), 'too_many_parts'],
    [clickHouse(241, 'Memory limit (total) exceeded', 'MEMORY_LIMIT_EXCEEDED'), 'out_of_memory'],
    [clickHouse(62, 'Syntax error: failed at position 1', 'SYNTAX_ERROR'), 'bad_query'],
    [clickHouse(60, 'Table pos.x does not exist', 'UNKNOWN_TABLE'), 'bad_query'],
    [clickHouse(164, 'Cannot execute query in readonly mode', 'READONLY'), 'bad_query'],
    [clickHouse(33, 'Cannot read all data', 'CANNOT_READ_ALL_DATA'), 'bad_query'],
    [clickHouse(516, 'default: Authentication failed', 'AUTHENTICATION_FAILED'), 'access_denied'],
    [clickHouse(497, 'reader: Not enough privileges', 'ACCESS_DENIED'), 'access_denied'],
    [clickHouse(209, 'Timeout exceeded while reading from socket', 'SOCKET_TIMEOUT'), 'unreachable'],
    [clickHouse(210, 'Connection reset by peer', 'NETWORK_ERROR'), 'unreachable'],
    [clickHouse(999, 'Coordination error: Connection loss', 'KEEPER_EXCEPTION'), 'not_ready'],
    [clickHouse(242, 'Table is in readonly mode', 'TABLE_IS_READ_ONLY'), 'not_ready'],
    [clickHouse(319, 'Unknown status', 'UNKNOWN_STATUS_OF_INSERT'), 'not_ready'],
    [clickHouse(285, 'Number of alive replicas is less', 'TOO_FEW_LIVE_REPLICAS'), 'not_ready'],
    [clickHouse(286, 'Quorum not satisfied', 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE'), 'not_ready'],
    [clickHouse(202, 'Too many simultaneous queries', 'TOO_MANY_SIMULTANEOUS_QUERIES'), 'not_ready'],
    [new ClickHouseError({ message: 'Too many parts', code: '252', type: 'TOO_MANY_PARTS' }), 'too_many_parts'],
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'unreachable'],
    [Object.assign(new Error('getaddrinfo ENOTFOUND a'), { code: 'ENOTFOUND' }), 'unreachable'],
    [Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }), 'access_denied'],
    [new Error('Timeout error.'), 'unreachable'],
    [Object.assign(new Error('The operation was aborted'), { code: 'ABORT_ERR' }), 'unreachable'],
    [clickHouse(1001, 'std::exception', 'STD_EXCEPTION'), 'unknown'],
    [Object.assign(new Error('No active connection available'), { code: 'CHDB_CLOSED' }), 'closed'],
    ['something else', 'unknown'],
  ])('%s', (error, code) => {
    expect(toStoreError(error, 'query')).toMatchObject({ code, cause: error });
  });

  it('says in one line what failed, on what, and what to do', () => {
    const cause = clickHouse(243, 'Cannot reserve\n 1.00 MiB,\n\nnot enough space:', 'NOT_ENOUGH_SPACE');
    expect(toStoreError(cause, 'insert of 5 rows into item').message).toBe(
      'insert of 5 rows into item failed: Cannot reserve 1.00 MiB, not enough space (NOT_ENOUGH_SPACE); ' +
        'free some space on that disk and start again; nothing that was acknowledged is lost',
    );
  });

  it('keeps errors that are told already, and shortens long ones', () => {
    const told = new StoreError('busy', 'told');
    expect(toStoreError(told, 'query')).toBe(told);
    expect(toStoreError(new Error('x'.repeat(10_000)), 'query').message.length).toBeLessThan(500);
  });
});
