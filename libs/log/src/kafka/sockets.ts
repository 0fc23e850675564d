import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls';
import { isIP } from 'node:net';

export type SocketRequest = {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  readonly onConnect: () => void;
};

const KEEP_ALIVE_MS = 60_000;
const READ_BYTES = 256 * 1024;

/**
 * Sockets for kafkajs. A plain one reads into the same memory again and again, which kafkajs copies from (see the patch);
 * a new buffer for each 64 KiB would have the garbage collector run as often as there are fetches.
 */
export function createSocket({ host, port, ssl, onConnect }: SocketRequest): Socket {
  const socket =
    ssl === null
      ? plainSocket(host, port, onConnect)
      : connectSecurely({ host, port, ...serverName(host), ...ssl }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function plainSocket(host: string, port: number, onConnect: () => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const socket = connectPlain(
    {
      host,
      port,
      onread: {
        buffer,
        callback(length) {
          socket.emit('data', buffer.subarray(0, length));
          return true;
        },
      },
    },
    onConnect,
  );
  return socket;
}

/** A certificate is for a name. */
function serverName(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { servername: host } : {};
}
