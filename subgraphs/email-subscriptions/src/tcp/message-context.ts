import { TcpContext, type TcpSocket } from '@nestjs/microservices';

/** The context of a message for guards and handlers. */
export class MessageContext extends TcpContext {
  private callerName: string | undefined;
  /** Why the token was rejected. Only for the log. */
  rejectionReason: string | undefined;

  constructor(
    socket: TcpSocket,
    pattern: string,
    /** Not checked yet. */
    readonly txnToken: unknown,
    private readonly onTrusted: () => void,
  ) {
    super([socket, pattern]);
  }

  /** The name of the caller; undefined until the token is checked. */
  get caller(): string | undefined {
    return this.callerName;
  }

  /** Call it when the token is checked. */
  trust(caller: string): void {
    this.callerName = caller;
    this.onTrusted();
  }
}
