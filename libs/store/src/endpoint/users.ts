import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

import { StoreError } from '../store-error.ts';
import { Refusal } from './exception.ts';

export type User = {
  readonly name: string;
  readonly password: string;
  /** May only read, and only what is in the tables. */
  readonly readOnly: boolean;
};

/** As ClickHouse is when it has just been installed. */
export const DEFAULT_USERS: readonly User[] = [{ name: 'default', password: '', readOnly: false }];

/** A JSON array of `{"name": "…", "password": "…", "readonly": true}`; `readonly` may be left out. */
export async function readUsers(file: string): Promise<readonly User[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!Array.isArray(entries)) throw new Error('it is no array');
    return entries.map(toUser);
  } catch (error) {
    // Not the parser's message: it quotes the text, and there are passwords in it.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : String(error instanceof Error && error.message);
    throw new StoreError('unknown', `cannot read users from ${file}: ${reason}`);
  }
}

function toUser(entry: unknown, index: number): User {
  const fields = { readonly: false, ...(entry as Readonly<Record<string, unknown>>) };
  const { name, password, readonly: readOnly } = fields as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof password !== 'string' || typeof readOnly !== 'boolean') {
    throw new Error(`entry ${index + 1} needs a name and a password, and readonly is true or false`);
  }
  return { name, password, readOnly };
}

/** Throws as ClickHouse does, which does not tell a wrong name from a wrong password. */
export function authenticate(users: readonly User[], { headers }: IncomingMessage, form: URLSearchParams): User {
  const { name, password } = credentials(headers, form);
  const user = users.find((one) => one.name === name);
  if (user === undefined || !isSame(user.password, password)) {
    throw new Refusal(
      516,
      'AUTHENTICATION_FAILED',
      `${name}: Authentication failed: password is incorrect, or there is no user with such name`,
    );
  }
  return user;
}

type Credentials = { readonly name: string; readonly password: string };

function credentials(headers: IncomingMessage['headers'], form: URLSearchParams): Credentials {
  const encoded = /^basic\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded !== undefined) {
    const text = Buffer.from(encoded, 'base64').toString();
    const colon = text.indexOf(':');
    return { name: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return {
    name: header(headers['x-clickhouse-user']) ?? form.get('user') ?? 'default',
    password: header(headers['x-clickhouse-key']) ?? form.get('password') ?? '',
  };
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Takes the same time wherever they differ. */
function isSame(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
