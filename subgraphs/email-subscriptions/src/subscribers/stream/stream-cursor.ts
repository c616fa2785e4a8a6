import { Injectable } from '@nestjs/common';
import { DomainError } from '@supergraph/service/domain-error';
import { CursorCodec, InvalidCursor } from '@supergraph/service/pagination/cursor-codec';

const SCOPE = 'stream subscriberAdded';

/** A place in the log: behind the event of this number, in this run of numbers. */
export interface StreamPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** The events after this cursor are not kept any more. */
export class CursorExpired extends DomainError {
  readonly code = 'CURSOR_EXPIRED';

  constructor() {
    super(
      'The cursor is too old: events after it are no longer kept. List again, and go on from its streamCursor.',
    );
  }
}

/** The database does not answer, so nobody can say what comes after a cursor. */
export class StreamUnavailable extends DomainError {
  readonly code = 'SUBGRAPH_UNAVAILABLE';

  constructor(cause?: unknown) {
    super('The event stream cannot be read now. Try again with the same cursor.', { cause });
  }
}

/** Positions of the stream of additions as the cursors that clients see: at most 64 characters, fit for a URL. */
@Injectable()
export class StreamCursors {
  constructor(private readonly codec: CursorCodec) {}

  encode({ epoch, seq }: StreamPosition): string {
    return this.codec.encode(SCOPE, `${epoch}.${seq}`);
  }

  /** @throws InvalidCursor when it is forged, damaged, or of another stream */
  decode(cursor: string): StreamPosition {
    const [epoch, seq] = this.codec.decode(SCOPE, cursor).split('.');
    if (epoch === undefined || seq === undefined) throw new InvalidCursor();
    return { epoch, seq: Number(seq) };
  }
}
