import { TcpContext, type TcpSocket } from '@nestjs/microservices';

/** What guards and handlers find of a message besides its data. */
export class MessageContext extends TcpContext {
  /** Who sent it, once its token has been checked. */
  caller: string | undefined;

  constructor(
    socket: TcpSocket,
    pattern: string,
    /** Nobody has looked at it yet. */
    readonly txnToken: unknown,
  ) {
    super([socket, pattern]);
  }
}
