import { createHash } from 'node:crypto';
import { DomainError, InvalidCursor, type CursorCodec } from '@kit/service';
import type { LoggedEvent } from '../logged-event.js';

/** The position in the log after the event with this number, in this epoch. */
export interface LogPosition {
  readonly epoch: string;
  readonly seq: number;
  /** Identifies the event with this number. Cursors of watches have none. */
  readonly mark?: string;
}

const NO_EVENT = '-';

/**
 * Returns the mark of an event, with which a reader notices that its number stands for another event now. That happens
 * after a failover to a standby that lacked commits.
 */
export function markOf(event: LoggedEvent | null): string {
  if (!event) return NO_EVENT;
  const content = JSON.stringify([event.kind, event.subjectId, event.occurredAt, event.detail]);
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
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

/** Encodes positions of the log as cursors of at most 64 URL-safe characters, or 76 with a mark. */
export class LogCursors {
  /** @param scope cursors are valid for a log with the same scope and secret only */
  constructor(
    private readonly codec: CursorCodec,
    private readonly scope: string,
  ) {}

  encode({ epoch, seq, mark }: LogPosition): string {
    return this.codec.encode(this.scope, [epoch, seq, mark].filter((part) => part !== undefined).join('.'));
  }

  /** @throws InvalidCursor if the cursor is forged, damaged or of another log */
  decode(cursor: string): LogPosition {
    const [epoch, seq, mark] = this.codec.decode(this.scope, cursor).split('.');
    if (epoch === undefined || seq === undefined) throw new InvalidCursor();
    return { epoch, seq: Number(seq), ...(mark !== undefined && { mark }) };
  }
}
