/** Every subject there is. A value that came from elsewhere becomes one token, whatever it holds. */

/** Longer ones are no names; a server refuses a protocol line of more than 4 KiB. */
const MAX_TOKEN_LENGTH = 255;

/**
 * One token of a subject. Letters, digits, `_` and `-` stay as they are; every other byte becomes `%XX`, so that
 * different values stay different and none reaches beyond its place. Throws when the value is empty or no name.
 */
export function subjectToken(value: string): string {
  const bytes = Buffer.from(value, 'utf8');
  const token = value.isWellFormed() ? Array.from(bytes, encodedByte).join('') : '';
  if (token === '' || token.length > MAX_TOKEN_LENGTH) {
    throw new RangeError(
      `${JSON.stringify(value.slice(0, 50))} cannot be part of a subject: take 1 to ${MAX_TOKEN_LENGTH} letters, digits, _ or -`,
    );
  }
  return token;
}

/** Live changes of a store's inventory. */
export function inventorySubject(pipeline: string, storeId: number): string {
  return subject(pipeline, 'inventory', String(storeId));
}

/** Where an instance of a service says that it is there. */
export function presenceSubject(pipeline: string, service: string, instance: string): string {
  return subject(pipeline, 'presence', service, instance);
}

/** For a subscription: everybody's presence. */
export function everyPresence(pipeline: string): string {
  return `${subject(pipeline, 'presence')}.>`;
}

/** Where one instance of a service takes commands, or, without an instance, where all of them do. */
export function commandSubject(pipeline: string, service: string, instance?: string): string {
  return subject(pipeline, 'command', service, ...(instance === undefined ? [] : [instance]));
}

function subject(...values: readonly string[]): string {
  return ['tillstream', ...values.map(subjectToken)].join('.');
}

function encodedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9_-]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
