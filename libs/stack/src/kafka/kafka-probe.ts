import { askPort } from '../process/probes.ts';

const METADATA = 3;
const METADATA_VERSION = 4;
/** Size, correlation id and throttle time come before the count of brokers. */
const COUNT_AT = 12;

/**
 * True when the broker at this plaintext port answers a Metadata request and names itself as a broker in service: a
 * broker that is up but still fenced by the controller answers with an empty list.
 */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const answer = await askPort(
    port,
    metadataRequest(),
    (bytes) => bytes.length >= COUNT_AT + 4 && bytes.length >= 4 + bytes.readInt32BE(0),
  );
  return answer !== undefined && answer.readInt32BE(COUNT_AT) > 0;
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
