import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import { EventLog } from '@kit/event-log';
import { CursorCodec } from '@kit/service';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The kind of the event that a session was revoked. A trigger records it for each row of `sessions`. */
const SESSION_ENDED = 'session.ended';

/** How many sessions a page has at most: 400 kB. */
const PAGE = 10_000;

/** Access tokens of sessions that were revoked earlier have expired. A minute allows for clocks that differ. */
export const LOOK_BACK_SECONDS = ACCESS_TOKEN_SECONDS + 60;

/** The scope of cursors. */
const SCOPE = 'revoked sessions';

/** The sessions of the last eleven minutes after one of them, in the order of their revocation. An index finds them. */
export const RECENTLY_REVOKED = `
  SELECT id::text, (extract(epoch FROM ended_at) * 1000000)::bigint::text AS ended FROM sessions
  WHERE ended_at >= statement_timestamp() - make_interval(secs => $1)
    AND (ended_at, sessions.id) > (timestamptz 'epoch' + $2::float8 * interval '1 microsecond', $3::uuid)
  ORDER BY ended_at, sessions.id LIMIT $4`;

/** A session in the order of revocation: microseconds since 1970, and its id. */
type Place = readonly [ended: string, id: string];

const FIRST: Place = ['0', '00000000-0000-0000-0000-000000000000'];

/** A page of revoked sessions. */
export interface RevokedSessionsPage {
  /** Ids. A session may be in several pages. */
  readonly sessions: readonly string[];
  /** The position after this page, for the next request. */
  readonly cursor: string;
  /** Whether there are more sessions to read now. */
  readonly hasMore: boolean;
}

/**
 * The revoked sessions for gateways, page by page. First come those of the last eleven minutes, from the table. Then come
 * those that the event log has after the position that it had before the table was read. A revocation that is committed
 * late gets a later number in the log, so it is in a later page.
 */
@Injectable()
export class RevokedSessions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly eventLog: EventLog,
    private readonly cursors: CursorCodec,
  ) {}

  /**
   * @param after the cursor of the last page; empty for the first page
   * @throws InvalidCursor
   * @throws CursorExpired
   */
  async page(after: string): Promise<RevokedSessionsPage> {
    if (after === '') return this.recent(await this.eventLog.end(), FIRST);
    const [log, ...place] = JSON.parse(this.cursors.decode(SCOPE, after)) as [string, ...([] | Place)];
    return place.length === 0 ? this.later(log) : this.recent(log, place);
  }

  private async recent(log: string, [ended, id]: Place): Promise<RevokedSessionsPage> {
    const rows = await this.dataSource.query<{ id: string; ended: string }[]>(RECENTLY_REVOKED, [
      LOOK_BACK_SECONDS,
      ended,
      id,
      PAGE,
    ]);
    const sessions = rows.map((row) => row.id);
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return { sessions, cursor: this.encode(log), hasMore: false };
    return { sessions, cursor: this.encode(log, [last.ended, last.id]), hasMore: true };
  }

  private async later(after: string): Promise<RevokedSessionsPage> {
    const { events, cursor, hasMore } = await this.eventLog.page(after, [SESSION_ENDED], PAGE);
    return { sessions: events.map(({ subjectId }) => subjectId), cursor: this.encode(cursor), hasMore };
  }

  private encode(log: string, place: [] | Place = []): string {
    return this.cursors.encode(SCOPE, JSON.stringify([log, ...place]));
  }
}
