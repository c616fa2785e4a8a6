import { DomainError, InvalidCursor, type CursorCodec } from '@kit/service';

/** The position in the log after the event with this number, in this epoch. */
export interface LogPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** Events after the cursor were deleted, or the log has a new epoch. */
export class CursorExpired extends DomainError {
  readonly code = 'CURSOR_EXPIRED';

  constructor() {
    super(
      'The cursor is too old: some of the events after it were deleted. Read the list again and resume from its streamCursor.',
    );
  }
}

/** The database does not respond, so the events after a cursor are not known. */
export class LogUnavailable extends DomainError {
  readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(cause?: unknown) {
    super('The event stream is temporarily unavailable. Try again with the same cursor.', { cause });
  }
}

/** Encodes positions of the log as cursors of at most 64 URL-safe characters. */
export class LogCursors {
  /** @param scope cursors are valid for a log with the same scope and secret only */
  constructor(
    private readonly codec: CursorCodec,
    private readonly scope: string,
  ) {}

  encode({ epoch, seq }: LogPosition): string {
    return this.codec.encode(this.scope, `${epoch}.${seq}`);
  }

  /** @throws InvalidCursor if the cursor is forged, damaged or of another log */
  decode(cursor: string): LogPosition {
    const [epoch, seq] = this.codec.decode(this.scope, cursor).split('.');
    if (epoch === undefined || seq === undefined) throw new InvalidCursor();
    return { epoch, seq: Number(seq) };
  }
}
