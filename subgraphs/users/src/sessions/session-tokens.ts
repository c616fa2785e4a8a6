import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { UserEntity } from '../accounts/user.entity.js';
import { CONFIG } from '@kit/service';
import type { Config } from '../config.js';
import { SigningKeys } from '../keys/signing-keys.service.js';
import { isRefreshToken, refreshToken, refreshTokenKey, type RefreshTokenClaim } from './refresh-token.js';
import type { SessionEntity } from './session.entity.js';
import { issueTokens, type Tokens } from './tokens.js';

/** Issues the tokens of a session, and verifies its refresh tokens. */
@Injectable()
export class SessionTokens {
  /** The current key, then the previous one. */
  private readonly keys: readonly KeyObject[];

  constructor(
    private readonly signingKeys: SigningKeys,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.keys = [config.SIGNING_KEY_SECRET, config.SIGNING_KEY_SECRET_PREVIOUS]
      .filter((secret) => secret !== undefined)
      .map(refreshTokenKey);
  }

  /** Issues a new access token and the refresh token of the current generation, which is always the same. */
  issue(session: SessionEntity, user: UserEntity): Tokens {
    const { id: sessionId, generation, seed } = session;
    const token = refreshToken({ sessionId, generation }, seed, this.keys[0]!);
    return issueTokens(session, user, token, this.signingKeys.current(), this.config.ACCESS_TOKEN_SECONDS);
  }

  /** Whether the session issued this refresh token, in this or an earlier generation. */
  isGenuine(token: string, claim: RefreshTokenClaim, { seed }: SessionEntity): boolean {
    return isRefreshToken(token, claim, seed, this.keys);
  }
}
