import { Injectable } from '@nestjs/common';
import { CursorCodec, DomainError, InvalidCursor } from '@kit/service';

const SCOPE = 'stream subscriberAdded';

/** The position in the log after the event with this number, in this epoch. */
export interface StreamPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** Events after the cursor were deleted, or the log has a new epoch. */
export class CursorExpired extends DomainError {
  readonly code = 'CURSOR_EXPIRED';

  constructor() {
    super(
      'The cursor is too old: some of the events after it were deleted. List the subscribers again and resume from the streamCursor of the list.',
    );
  }
}

/** The database does not respond, so the events after a cursor are not known. */
export class StreamUnavailable extends DomainError {
  readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(cause?: unknown) {
    super('The event stream is temporarily unavailable. Try again with the same cursor.', { cause });
  }
}

/** Encodes positions of the stream as cursors of at most 64 URL-safe characters. */
@Injectable()
export class StreamCursors {
  constructor(private readonly codec: CursorCodec) {}

  encode({ epoch, seq }: StreamPosition): string {
    return this.codec.encode(SCOPE, `${epoch}.${seq}`);
  }

  /** @throws InvalidCursor if the cursor is forged, damaged or of another stream */
  decode(cursor: string): StreamPosition {
    const [epoch, seq] = this.codec.decode(SCOPE, cursor).split('.');
    if (epoch === undefined || seq === undefined) throw new InvalidCursor();
    return { epoch, seq: Number(seq) };
  }
}
