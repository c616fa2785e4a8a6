import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { RefusedException } from './exceptions.js';

/** The longest message that the service accepts, in UTF-16 code units. It disconnects clients that send a longer one. */
const LONGEST_MESSAGE = 16_384;
/** The longest result, in UTF-16 code units. A list of the 1,000 longest subscribers has about one million. */
const LONGEST_RESULT = 8 * 1_024 * 1_024;

/**
 * NestJS's framing, `<length>#<JSON>`. NestJS's own socket stops reading while the server reads slowly, so that two sides
 * can wait for each other forever. It also keeps failed connections open.
 */
export class ClientSocket extends JsonSocket {
  constructor(socket: Socket) {
    super(socket, { maxBufferSize: LONGEST_RESULT });
    // The server will send no more results.
    socket.on('end', () => socket.destroy());
  }

  /** @throws RefusedException if the message is too long, without sending it */
  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    const text = JSON.stringify(message);
    if (text.length > LONGEST_MESSAGE) {
      throw new RefusedException({
        code: 'BAD_USER_INPUT',
        message: `The message must have at most ${LONGEST_MESSAGE} characters of JSON.`,
      });
    }
    this.socket.write(`${text.length}#${text}`, callback);
  }

  /** NestJS's error message quotes the received data, which may be personal. */
  protected override handleDataError({ constructor: { name } }: Error): void {
    this.socket.destroy(new Error(`the server sent an invalid message (${name})`));
  }
}
