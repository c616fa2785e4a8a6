import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Viewer } from '@supergraph/auth-context/auth-context';
import type { Logger } from 'pino';
import { IsNull, MoreThan, type Repository } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AccountsService } from '../accounts/accounts.service.js';
import type { UserEntity } from '../accounts/user.entity.js';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { SigningKeys } from '../keys/signing-keys.service.js';
import { hashRefreshToken, newRefreshToken } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';
import { issueTokens, type Tokens } from './tokens.js';

/** A session lives this long after the login, however often it is refreshed. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** What somebody gets who has just logged in. */
export interface Login {
  readonly user: UserEntity;
  readonly session: SessionEntity;
  readonly tokens: Tokens;
}

/** Logins: how they start, go on and end. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    private readonly accounts: AccountsService,
    private readonly keys: SigningKeys,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Starts a session; null, after the same time, for a wrong password and for an unknown address. */
  async login(email: string, password: string): Promise<Login | null> {
    const user = await this.accounts.authenticate(email, password);
    if (!user) return null;
    const { token, hash } = newRefreshToken();
    const now = new Date();
    const session = this.sessions.create({
      id: uuid(),
      userId: user.id,
      refreshTokenHash: hash,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + SESSION_MS),
      endedAt: null,
    });
    await this.sessions.insert(session);
    this.logger.info({ userId: user.id, sessionId: session.id }, 'login succeeded');
    return { user, session, tokens: this.#issue(session, user, token) };
  }

  /**
   * Trades a refresh token for new tokens and uses it up: one statement finds and replaces its hash, so of two
   * who come with the same token only one wins.
   * @returns null when the token is unknown or used up, or its session has ended or expired
   */
  async refresh(refreshToken: string): Promise<Tokens | null> {
    const { token, hash } = newRefreshToken();
    const { raw } = await this.sessions
      .createQueryBuilder()
      .update()
      .set({ refreshTokenHash: hash, lastUsedAt: new Date() })
      .where({ refreshTokenHash: hashRefreshToken(refreshToken), ...alive() })
      .returning(['id', 'userId', 'expiresAt'])
      .execute();
    const [session] = raw as { id: string; user_id: string; expires_at: Date }[];
    if (!session) return null;
    const user = await this.accounts.get(session.user_id);
    return this.#issue({ id: session.id, expiresAt: session.expires_at }, user, token);
  }

  /** The viewer's session and its user; null when it has ended or expired, though their access token lives. */
  async find({ userId, sessionId }: Viewer): Promise<{ user: UserEntity; session: SessionEntity } | null> {
    const session = await this.sessions.findOne({
      where: { id: sessionId, userId, ...alive() },
      relations: { user: true },
    });
    return session?.user ? { user: session.user, session } : null;
  }

  /** Ends the viewer's session, or all that they have; answers how many were alive until now. */
  async end({ userId, sessionId }: Viewer, which: 'this' | 'all'): Promise<number> {
    const { affected } = await this.sessions.update(
      { userId, ...(which === 'this' && { id: sessionId }), ...alive() },
      { endedAt: new Date() },
    );
    this.logger.info({ userId, sessionId, which, ended: affected }, 'sessions ended');
    return affected ?? 0;
  }

  #issue(session: { id: string; expiresAt: Date }, user: UserEntity, refreshToken: string): Tokens {
    return issueTokens(session, user, refreshToken, this.keys.current(), this.settings.ACCESS_TOKEN_SECONDS);
  }
}

function alive() {
  return { endedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
