/** Inside the node's network: passes what pods send to a port of the node on to a socket file of the machine. */
import { connect, createServer } from 'node:net';
import { NODE_ADDRESS } from './addresses.ts';
import { join } from './relay.ts';

const [port = '', socketFile = ''] = process.argv.slice(2);
createServer((pod) => join(pod, connect(socketFile))).listen(Number(port), NODE_ADDRESS);
