import { Controller, Get, Header, Query } from '@nestjs/common';
import { ACCESS_TOKEN_SECONDS, Public } from '@kit/auth';

import { DomainError } from '@kit/service';
import { DataSource } from 'typeorm';

/** Gateways poll this path every second. Like GraphQL, it requires a token of the gateway, checked before this runs. */
export const REVOKED_SESSIONS_PATH = '/revoked-sessions';

/** Responses overlap, because a slow transaction may commit revocations that are older than the last response. */
const OVERLAP_MS = 30_000;

/** Access tokens of sessions that were revoked earlier have expired. A minute allows for clocks that differ. */
const LOOK_BACK_MS = (ACCESS_TOKEN_SECONDS + 60) * 1000;

const MILLISECONDS = /^\d{1,15}$/;

/**
 * `until` is the time at which this statement began. Revocations that it does not see are later, except those of
 * transactions that commit late, which `OVERLAP_MS` covers.
 */
export const REVOKED_SINCE = `
  WITH clock AS MATERIALIZED (SELECT floor(extract(epoch FROM statement_timestamp()) * 1000)::float8 AS until)
  SELECT until, ARRAY(
    SELECT id::text FROM sessions WHERE ended_at >= to_timestamp(
      greatest(until - $2::float8, least($1::float8, until) - $3::float8) / 1000
    )
  ) AS sessions
  FROM clock`;

/** The `since` of the gateway is not a time. */
class InvalidSince extends DomainError {
  readonly code = 'BAD_USER_INPUT';

  constructor() {
    super(
      'Set since to the value of until in the last response, in milliseconds since 1970, or leave it out.',
    );
  }
}

/** The sessions that were revoked since the last poll. */
export interface RevokedSessions {
  /** The value for the next `since`: milliseconds since 1970, by the clock of the database. */
  readonly until: number;
  /** Ids of sessions. The last response may have contained some of them. */
  readonly sessions: string[];
}

@Controller(REVOKED_SESSIONS_PATH)
export class RevokedSessionsController {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Returns the sessions that were revoked after `since`, and at most those whose access tokens may still be valid.
   * Without `since` it returns all of these. A `since` in the future, as after a failover to a database with a slower
   * clock, counts as now.
   * @throws InvalidSince
   */
  @Get()
  @Public()
  @Header('cache-control', 'no-store')
  async since(@Query('since') since?: unknown): Promise<RevokedSessions> {
    if (since !== undefined && !(typeof since === 'string' && MILLISECONDS.test(since)))
      throw new InvalidSince();
    const [revoked] = await this.dataSource.query<[RevokedSessions]>(REVOKED_SINCE, [
      since ?? 0,
      LOOK_BACK_MS,
      OVERLAP_MS,
    ]);
    return revoked;
  }
}
