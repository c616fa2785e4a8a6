import { TcpContext, type TcpSocket } from '@nestjs/microservices';

/** What guards and handlers know of a message besides its data. */
export class MessageContext extends TcpContext {
  private callerName: string | undefined;
  /** Why its token was refused, for the log alone. */
  refusedBecause: string | undefined;

  constructor(
    socket: TcpSocket,
    pattern: string,
    /** Not checked yet. */
    readonly txnToken: unknown,
    private readonly onTrusted: () => void,
  ) {
    super([socket, pattern]);
  }

  /** The name of its caller; undefined before its token is checked. */
  get caller(): string | undefined {
    return this.callerName;
  }

  /** To be called once its token is checked. */
  trust(caller: string): void {
    this.callerName = caller;
    this.onTrusted();
  }
}
