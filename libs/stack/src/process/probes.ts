import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 2000;

/** True when a GET of this address is answered with success. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Connects to a port of 127.0.0.1, sends `request`, and collects bytes until `isWhole` of them. Undefined when nothing
 * listens, the connection ends, or 2 s pass before that.
 */
export async function askPort(
  port: number,
  request: Buffer | undefined,
  isWhole: (answer: Buffer) => boolean,
): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = Buffer.alloc(0);
    const finish = (result: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish(undefined), ANSWER_WITHIN_MS);
    if (request !== undefined) socket.write(request);
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (isWhole(answer)) finish(answer);
    });
    socket.on('error', () => finish(undefined)).on('close', () => finish(undefined));
  });
}
