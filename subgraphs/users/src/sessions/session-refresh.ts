import { LOGGER } from '@kit/service';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthContext } from '@kit/auth';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { readRefreshToken, type RefreshTokenClaim } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';
import { INVALID_REFRESH_TOKEN, REUSED_REFRESH_TOKEN } from './session-faults.js';
import { SessionTokens } from './session-tokens.js';
import { lockAlive, repeat, rotate } from './token-family.js';
import type { Tokens } from './tokens.js';

type Refreshed = { tokens: Tokens; fault: null } | { fault: AuthFault };

/** Rotates refresh tokens, and detects a stolen one when both the client and the thief use it. */
@Injectable()
export class SessionRefresh {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tokens: SessionTokens,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Exchanges a refresh token for new tokens. A token that was used more than ten seconds ago revokes its session. */
  async refresh(token: string, by: AuthContext): Promise<Refreshed> {
    const claim = readRefreshToken(token);
    if (!claim) return { fault: INVALID_REFRESH_TOKEN };
    return this.dataSource.transaction(async (manager) => {
      const session = await lockAlive(manager, { id: claim.sessionId });
      if (!session || !this.tokens.isGenuine(token, claim, session)) return { fault: INVALID_REFRESH_TOKEN };
      // Not a theft: the database was restored from a backup, and the client has a later token.
      if (claim.generation > session.generation) return { fault: INVALID_REFRESH_TOKEN };
      if (!(await this.advance(manager, session, claim, by))) {
        await this.endFamily(manager, session, claim, by);
        return { fault: REUSED_REFRESH_TOKEN };
      }
      const user = await manager.findOneByOrFail(UserEntity, { id: session.userId });
      return { tokens: this.tokens.issue(session, user), fault: null };
    });
  }

  /** Rotates the session, or repeats a recent rotation. False if the token was used too long ago. */
  private async advance(
    manager: EntityManager,
    session: SessionEntity,
    { generation }: RefreshTokenClaim,
    by: AuthContext,
  ): Promise<boolean> {
    if (generation === session.generation) {
      await rotate(manager, session, by);
      return true;
    }
    return repeat(manager, session, generation, by);
  }

  private async endFamily(
    manager: EntityManager,
    { id: sessionId, userId, generation: current }: SessionEntity,
    { generation }: RefreshTokenClaim,
    by: AuthContext,
  ): Promise<void> {
    // Not with endSessions, which locks the user first: this session is already locked.
    await manager.update(SessionEntity, { id: sessionId }, { endedAt: () => 'clock_timestamp()' });
    const detail = { sessionId, generation, current };
    await audit(manager, by, { action: 'TOKEN_REUSED', subjectId: userId, detail });
    this.logger.warn({ userId, sessionId, generation, current }, 'a used refresh token was sent again');
  }
}
