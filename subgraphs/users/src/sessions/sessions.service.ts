import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext, Viewer } from '@supergraph/auth-context/auth-context';
import type { Logger } from 'pino';
import type { Repository } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Credentials } from '../accounts/credentials.js';
import type { UserEntity } from '../accounts/user.entity.js';
import { LOGGER } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { alive } from './alive.js';
import { endSessions, lockUser } from './end-sessions.js';
import { startSession } from './start-session.js';
import { SessionTokens } from './session-tokens.js';
import { SessionEntity } from './session.entity.js';
import type { Tokens } from './tokens.js';

/** A session lives this long after the login, however often it is refreshed. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** What somebody gets who has just logged in. */
export interface Login {
  readonly user: UserEntity;
  readonly session: SessionEntity;
  readonly tokens: Tokens;
  readonly fault: null;
}

/** Which of the viewer's sessions: all, all but the one of the request, or those with these ids. */
export type OwnSessions = 'all' | 'others' | readonly string[];

/** Logins: how they start and end. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    private readonly credentials: Credentials,
    private readonly tokens: SessionTokens,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts a session; the same fault, after the same time, for a wrong password and for an unknown address. */
  async login(email: string, password: string, by: AuthContext): Promise<Login | { fault: AuthFault }> {
    const authenticated = await this.credentials.authenticate(email, password, by);
    if (authenticated.fault) return authenticated;
    const { user } = authenticated;
    const session = await this.start(user, by);
    // The password was changed or hashed anew meanwhile: whether it is right has to be asked again.
    if (!session) return this.login(email, password, by);
    this.logger.info({ userId: user.id, sessionId: session.id }, 'login succeeded');
    return { user, session, tokens: this.tokens.issue(session, user), fault: null };
  }

  /** The viewer's session and its user; null when it has ended or expired, though their access token lives. */
  async find({ userId, sessionId }: Viewer): Promise<{ user: UserEntity; session: SessionEntity } | null> {
    const session = await this.sessions.findOne({
      where: { id: sessionId, userId, ...alive() },
      relations: { user: true },
    });
    return session?.user ? { user: session.user, session } : null;
  }

  /**
   * Ends sessions of the viewer: all, all but the one of the request, or these, of which only theirs count.
   * @returns how many were alive until now; null when that of the request was not: who was thrown out throws nobody out
   */
  async end(viewer: Viewer, which: OwnSessions, by: AuthContext): Promise<number | null> {
    const { userId, sessionId } = viewer;
    const ended = await this.sessions.manager.transaction(async (manager) => {
      // First, so that of two who end each other's sessions the second finds that theirs has ended.
      await lockUser(manager, userId);
      if (!(await manager.existsBy(SessionEntity, { id: sessionId, userId, ...alive() }))) return null;
      return endSessions(manager, by, {
        userId,
        ...(which === 'others' && { except: sessionId }),
        ...(typeof which === 'object' && { ids: which }),
      });
    });
    this.logger.info({ userId, sessionId, ended: ended ?? 0 }, 'sessions ended');
    return ended;
  }

  /** Null when the password that was verified is not the user's any more. */
  private async start(user: UserEntity, by: AuthContext): Promise<SessionEntity | null> {
    const now = new Date();
    const session = this.sessions.create({
      id: uuid(),
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
    const hasBegun = await this.sessions.manager.transaction((manager) =>
      startSession(manager, user, session, by),
    );
    return hasBegun ? session : null;
  }
}
