import { newId } from '@kit/database';
import { LOGGER } from '@kit/service';
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext, Viewer } from '@kit/auth';
import type { SessionViewer } from './session-viewer.js';
import type { Logger } from 'pino';
import type { Repository } from 'typeorm';
import { Credentials } from '../accounts/credentials.js';
import type { UserEntity } from '../accounts/user.entity.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { alive } from './alive.js';
import { endSessions, lockUser } from './end-sessions.js';
import { startSession } from './start-session.js';
import { SessionTokens } from './session-tokens.js';
import { SessionEntity } from './session.entity.js';
import type { Tokens } from './tokens.js';

/** A session expires this long after the login. Refreshing does not extend it. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** A successful login. */
export interface Login {
  readonly user: UserEntity;
  readonly session: SessionEntity;
  readonly tokens: Tokens;
  readonly fault: null;
}

/** Selects sessions of the viewer: all, all but the current one, or those with these ids. */
export type OwnSessions = 'all' | 'others' | readonly string[];

/** Starts, finds and revokes sessions. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    private readonly credentials: Credentials,
    private readonly tokens: SessionTokens,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts a session. Returns the same fault, after the same time, for a wrong password and for an unknown address. */
  async login(email: string, password: string, by: AuthContext): Promise<Login | { fault: AuthFault }> {
    const authenticated = await this.credentials.authenticate(email, password, by);
    if (authenticated.fault) return authenticated;
    const { user } = authenticated;
    const session = await this.start(user, by);
    // The password was changed or rehashed since it was verified.
    if (!session) return this.login(email, password, by);
    this.logger.info({ userId: user.id, sessionId: session.id }, 'login succeeded');
    return { user, session, tokens: this.tokens.issue(session, user), fault: null };
  }

  /** Finds the viewer's session and its user. Null if the session expired or was revoked. */
  async find({ userId, sessionId }: Viewer): Promise<{ user: UserEntity; session: SessionEntity } | null> {
    if (sessionId === null) return null;
    const session = await this.sessions.findOne({
      where: { id: sessionId, userId, ...alive() },
      relations: { user: true },
    });
    return session?.user ? { user: session.user, session } : null;
  }

  /**
   * Revokes sessions of the viewer. Ids of other users' sessions are ignored.
   * @returns the number of sessions that were active; null if the current one was not, since a revoked session may not
   *   revoke others
   */
  async end(viewer: SessionViewer, which: OwnSessions, by: AuthContext): Promise<number | null> {
    const { userId, sessionId } = viewer;
    const ended = await this.sessions.manager.transaction(async (manager) => {
      // Locked before the check, so that two sessions that revoke each other cannot both succeed.
      await lockUser(manager, userId);
      if (!(await manager.existsBy(SessionEntity, { id: sessionId, userId, ...alive() }))) return null;
      return endSessions(manager, by, {
        userId,
        ...(which === 'others' && { except: sessionId }),
        ...(typeof which === 'object' && { ids: which }),
      });
    });
    this.logger.info({ userId, sessionId, ended: ended ?? 0 }, 'sessions revoked');
    return ended;
  }

  /** Returns null if the password was changed since it was verified. */
  private async start(user: UserEntity, by: AuthContext): Promise<SessionEntity | null> {
    const now = new Date();
    const session = this.sessions.create({
      id: newId(),
      userId: user.id,
      generation: 0,
      seed: randomBytes(32),
      usedUpAt: [],
      userAgent: by.origin?.userAgent ?? null,
      ip: by.origin?.ip ?? null,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + SESSION_MS),
      endedAt: null,
    });
    const hasStarted = await this.sessions.manager.transaction((manager) =>
      startSession(manager, user, session, by),
    );
    return hasStarted ? session : null;
  }
}
