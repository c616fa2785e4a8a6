import { Controller, Get, Header, Query } from '@nestjs/common';
import { ACCESS_TOKEN_SECONDS } from '@supergraph/auth-context/access-token';
import { Public } from '@supergraph/auth-context/decorators';
import { DomainError } from '@supergraph/service/domain-error';
import { DataSource } from 'typeorm';

/** Where gateways ask every second; signed by the gateway like GraphQL, which is checked before this runs. */
export const REVOKED_SESSIONS_PATH = '/revoked-sessions';

/** A transaction that took a moment to commit shows what is older than the last answer. */
const OVERLAP_MS = 30_000;

/** No access token of a session that ended before is good any more, whatever clock it is held against. */
const LOOK_BACK_MS = (ACCESS_TOKEN_SECONDS + 60) * 1000;

const MILLISECONDS = /^\d{1,15}$/;

/**
 * `until` is when this statement began. What it could not see yet ended later than that, unless its transaction
 * committed late: `OVERLAP_MS` is for those.
 */
export const REVOKED_SINCE = `
  WITH clock AS MATERIALIZED (SELECT floor(extract(epoch FROM statement_timestamp()) * 1000)::float8 AS until)
  SELECT until, ARRAY(
    SELECT id::text FROM sessions WHERE ended_at >= to_timestamp(
      greatest(until - $2::float8, least($1::float8, until) - $3::float8) / 1000
    )
  ) AS sessions
  FROM clock`;

/** The gateway's `since` is no moment. */
class InvalidSince extends DomainError {
  readonly code = 'BAD_USER_INPUT';

  constructor() {
    super(
      'Set since to the value of until in the last response, in milliseconds since 1970, or leave it out.',
    );
  }
}

/** Which sessions ended. */
export interface RevokedSessions {
  /** The moment of the answer in milliseconds since 1970, by the clock of the database: the next `since`. */
  readonly until: number;
  /** Ids of sessions, some of which the last answer may have had. */
  readonly sessions: string[];
}

@Controller(REVOKED_SESSIONS_PATH)
export class RevokedSessionsController {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Every session that somebody ended since that moment, or, without one, since any access token was signed that is good
   * still; never more than that, and never less. A moment to come, as when another database with a slower clock has
   * taken over, is now.
   * @throws InvalidSince
   */
  @Get()
  @Public()
  @Header('cache-control', 'no-store')
  async since(@Query('since') since?: unknown): Promise<RevokedSessions> {
    if (since !== undefined && !(typeof since === 'string' && MILLISECONDS.test(since)))
      throw new InvalidSince();
    const [answer] = await this.dataSource.query<[RevokedSessions]>(REVOKED_SINCE, [
      since ?? 0,
      LOOK_BACK_MS,
      OVERLAP_MS,
    ]);
    return answer;
  }
}
