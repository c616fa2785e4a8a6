import { randomBytes, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthContext, Viewer } from '@supergraph/auth-context/auth-context';
import type { Logger } from 'pino';
import { IsNull, MoreThan, type Repository } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Credentials } from '../accounts/credentials.js';
import { UserEntity } from '../accounts/user.entity.js';
import { audit } from '../audit/audit-log.js';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import type { AuthFault } from '../errors/auth-fault.js';
import { SigningKeys } from '../keys/signing-keys.service.js';
import { isRefreshToken, readRefreshToken, refreshToken, refreshTokenKey } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';
import { issueTokens, type Tokens } from './tokens.js';

/** A session lives this long after the login, however often it is refreshed. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** What somebody gets who has just logged in. */
export interface Login {
  readonly user: UserEntity;
  readonly session: SessionEntity;
  readonly tokens: Tokens;
  readonly fault: null;
}

/** Logins: how they start, go on and end. */
@Injectable()
export class SessionsService {
  /** The current one first. */
  readonly #tokenKeys: readonly KeyObject[];

  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    private readonly credentials: Credentials,
    private readonly keys: SigningKeys,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.#tokenKeys = [settings.SIGNING_KEY_SECRET, settings.SIGNING_KEY_SECRET_PREVIOUS]
      .filter((secret) => secret !== undefined)
      .map(refreshTokenKey);
  }

  /** Starts a session; the same fault, after the same time, for a wrong password and for an unknown address. */
  async login(email: string, password: string, by: AuthContext): Promise<Login | { fault: AuthFault }> {
    const authenticated = await this.credentials.authenticate(email, password, by);
    if (authenticated.fault) return authenticated;
    const { user } = authenticated;
    const now = new Date();
    const session = this.sessions.create({
      id: uuid(),
      userId: user.id,
      generation: 0,
      seed: randomBytes(32),
      rotatedAt: null,
      retried: false,
      userAgent: by.origin?.userAgent ?? null,
      ip: by.origin?.ip ?? null,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + SESSION_MS),
      endedAt: null,
    });
    await this.sessions.manager.transaction(async (manager) => {
      await manager.insert(SessionEntity, session);
      const detail = { sessionId: session.id };
      await audit(manager, by, { action: 'LOGIN_SUCCEEDED', actorId: user.id, subjectId: user.id, detail });
    });
    this.logger.info({ userId: user.id, sessionId: session.id }, 'login succeeded');
    return { user, session, tokens: this.#issue(session, user), fault: null };
  }

  /**
   * Trades a refresh token for new tokens and uses it up.
   * @returns null when the token is unknown or used up, or its session has ended or expired
   */
  async refresh(token: string): Promise<Tokens | null> {
    const claim = readRefreshToken(token);
    if (!claim) return null;
    return this.sessions.manager.transaction(async (manager) => {
      const session = await manager.findOne(SessionEntity, {
        where: { id: claim.sessionId, ...alive() },
        lock: { mode: 'pessimistic_write' },
      });
      if (!session || !isRefreshToken(token, claim, session.seed, this.#tokenKeys)) return null;
      if (claim.generation !== session.generation) return null;
      session.generation += 1;
      session.lastUsedAt = session.rotatedAt = new Date();
      session.retried = false;
      await manager.save(session);
      const user = await manager.findOneByOrFail(UserEntity, { id: session.userId });
      return this.#issue(session, user);
    });
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

  #issue(session: SessionEntity, user: UserEntity): Tokens {
    const { id: sessionId, generation, seed } = session;
    const token = refreshToken({ sessionId, generation }, seed, this.#tokenKeys[0]!);
    return issueTokens(session, user, token, this.keys.current(), this.settings.ACCESS_TOKEN_SECONDS);
  }
}

function alive() {
  return { endedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
