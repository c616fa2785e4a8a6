import { WebSocketServer } from 'ws';
import { ownTask } from '../child.js';

export interface RawServerTask {
  readonly port: number;
}

/** Takes WebSockets and answers just enough for watchers to believe that they watch: what a socket costs by itself. */
const { port } = ownTask() as RawServerTask;
const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (message: Buffer) => {
    socket.send(message.includes('connection_init') ? '{"type":"connection_ack"}' : '{"subscriber":null}');
  });
});
server.once('listening', () => process.send?.('listening'));
process.once('disconnect', () => process.exit(0));
