import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { UserEntity } from '../accounts/user.entity.js';
import { SETTINGS, type Settings } from '../core.module.js';
import { SigningKeys } from '../keys/signing-keys.service.js';
import { isRefreshToken, refreshToken, refreshTokenKey, type RefreshTokenClaim } from './refresh-token.js';
import type { SessionEntity } from './session.entity.js';
import { issueTokens, type Tokens } from './tokens.js';

/** What sessions give out, and know again. */
@Injectable()
export class SessionTokens {
  /** The current one first. */
  private readonly keys: readonly KeyObject[];

  constructor(
    private readonly signingKeys: SigningKeys,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.keys = [settings.SIGNING_KEY_SECRET, settings.SIGNING_KEY_SECRET_PREVIOUS]
      .filter((secret) => secret !== undefined)
      .map(refreshTokenKey);
  }

  /** A new access token, and the refresh token of the session's generation: for one generation always the same. */
  issue(session: SessionEntity, user: UserEntity): Tokens {
    const { id: sessionId, generation, seed } = session;
    const token = refreshToken({ sessionId, generation }, seed, this.keys[0]!);
    return issueTokens(session, user, token, this.signingKeys.current(), this.settings.ACCESS_TOKEN_SECONDS);
  }

  /** Whether the session gave this refresh token out, now or before. */
  isGenuine(token: string, claim: RefreshTokenClaim, { seed }: SessionEntity): boolean {
    return isRefreshToken(token, claim, seed, this.keys);
  }
}
