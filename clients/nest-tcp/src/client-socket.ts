import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { RefusedException } from './exceptions.js';

/** The longest message that the service reads, in UTF-16 code units. It disconnects a client that sends a longer one. */
const LONGEST_MESSAGE = 16_384;
/** The longest result, in UTF-16 code units. A list of the 1,000 longest subscribers has about one million. */
const LONGEST_ANSWER = 8 * 1_024 * 1_024;

/**
 * NestJS's framing, `<length>#<JSON>`. Its own socket stops reading while the server is slow to read, and two sides that
 * wait for each other to read never end. It also keeps a connection open that has failed.
 */
export class MessageSocket extends JsonSocket {
  constructor(socket: Socket) {
    super(socket, { maxBufferSize: LONGEST_ANSWER });
    // The server sends no more results.
    socket.on('end', () => socket.destroy());
  }

  /** @throws RefusedException when the message is too long; nothing is sent then */
  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    const text = JSON.stringify(message);
    if (text.length > LONGEST_MESSAGE) {
      throw new RefusedException({
        code: 'BAD_USER_INPUT',
        message: `The message is longer than ${LONGEST_MESSAGE} characters.`,
      });
    }
    this.socket.write(`${text.length}#${text}`, callback);
  }

  /** NestJS's message quotes what came, which may be personal data. */
  protected override handleDataError({ constructor: { name } }: Error): void {
    this.socket.destroy(new Error(`the server sent an invalid answer (${name})`));
  }
}
