import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { Public } from '@kit/auth';
import { DomainError, InvalidCursor, LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOOK_BACK_SECONDS, RevokedSessions, type RevokedSessionsPage } from './revoked-sessions.js';

/** Gateways poll this path every second. Like GraphQL, it requires a token of the gateway, checked before this runs. */
export const REVOKED_SESSIONS_PATH = '/revoked-sessions';

/** Responses overlap, because a slow transaction may commit revocations that are older than the last response. */
const OVERLAP_MS = 30_000;

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

/** The response to gateways of the earlier version, which poll by time. */
export interface RevokedSince {
  /** The value for the next `since`: milliseconds since 1970, by the clock of the database. */
  readonly until: number;
  /** Ids of sessions. The last response may have contained some of them. */
  readonly sessions: string[];
}

@Controller(REVOKED_SESSIONS_PATH)
export class RevokedSessionsController {
  private hasWarned = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly revoked: RevokedSessions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Returns the sessions after a cursor, and at most those whose access tokens may still be valid if `after` is empty.
   *
   * `since`, and no parameter, are deprecated: gateways of the earlier version use them, and the next release does not
   * accept them.
   * @throws InvalidCursor
   * @throws CursorExpired
   * @throws InvalidSince
   */
  @Get()
  @Public()
  @Header('cache-control', 'no-store')
  async read(
    @Query('after') after?: unknown,
    @Query('since') since?: unknown,
  ): Promise<RevokedSessionsPage | RevokedSince> {
    if (typeof after === 'string') return this.revoked.page(after);
    if (after !== undefined) throw new InvalidCursor();
    return this.deprecated(since ?? '0');
  }

  private deprecated(since: unknown): Promise<RevokedSince> {
    if (!(typeof since === 'string' && MILLISECONDS.test(since))) throw new InvalidSince();
    if (!this.hasWarned) {
      this.logger.warn(
        'a gateway of an earlier version polls revoked sessions with since: update it before the next release',
      );
    }
    this.hasWarned = true;
    return this.since(since);
  }

  /** A `since` in the future, as after a failover to a database with a slower clock, counts as now. */
  private async since(since: string): Promise<RevokedSince> {
    const [revoked] = await this.dataSource.query<[RevokedSince]>(REVOKED_SINCE, [
      since,
      LOOK_BACK_SECONDS * 1000,
      OVERLAP_MS,
    ]);
    return revoked;
  }
}
