import { connect } from 'node:net';

const METADATA = 3;
const METADATA_VERSION = 4;
const ANSWER_WITHIN_MS = 2000;

/**
 * True when the broker at this plaintext port answers a Metadata request and names itself as a broker in service: a
 * broker that is up but still fenced by the controller answers with an empty list.
 */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const answer = await ask(port, metadataRequest());
  if (answer === undefined) return false;
  // Size, correlation id and throttle time come first.
  return answer.readInt32BE(12) > 0;
}

function metadataRequest(): Buffer {
  const clientId = Buffer.from('tillstream-stack');
  const request = Buffer.alloc(4 + 10 + clientId.length + 5);
  let at = request.writeInt32BE(request.length - 4);
  at = request.writeInt16BE(METADATA, at);
  at = request.writeInt16BE(METADATA_VERSION, at);
  // The correlation id stays 0.
  at = request.writeInt16BE(clientId.length, at + 4);
  at += clientId.copy(request, at);
  // No topics, and none may be made.
  request.writeInt32BE(0, at);
  return request;
}

async function ask(port: number, request: Buffer): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    let answer = Buffer.alloc(0);
    const finish = (result: Buffer | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => finish(undefined));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 16 && answer.length >= 4 + answer.readInt32BE(0)) finish(answer);
    });
    socket.on('error', () => finish(undefined)).on('close', () => finish(undefined));
  });
}
