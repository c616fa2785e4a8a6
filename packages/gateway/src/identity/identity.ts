import {
  type AccessTokenContext,
  type AccessTokenProfile,
  ANONYMOUS,
  InvalidAccessTokenError,
  keyIdOf,
  verifyAccessToken,
} from '@kit/auth';

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { SubgraphUnavailable, Unauthenticated } from '../request/gateway-errors.js';
import type { Identity } from '../request/identity.js';
import type { KeySet } from './key-set.js';
import type { RevokedSessions } from './revoked-sessions.js';

const CACHED_TOKENS = 10_000;
const MAX_TOKEN_LENGTH = 4_096;

/** The issuer of access tokens. */
export interface IdentityProvider {
  readonly keys: KeySet;
  readonly profile: AccessTokenProfile;
}

/**
 * Authenticates callers by their access token. Verified tokens are cached until they expire. The same token returns
 * the same object, which can be a cache key.
 */
export class IdentityService {
  private readonly verified = new LRUCache<string, AccessTokenContext>({ max: CACHED_TOKENS });

  constructor(
    /** Null when all callers are anonymous. */
    private readonly provider: IdentityProvider | null,
    private readonly logger: Logger,
    private readonly revoked: RevokedSessions,
  ) {
    // Tokens that were signed with a dropped key are no longer valid.
    provider?.keys.onDropped(() => this.verified.clear());
  }

  /**
   * @param authorization `Bearer …` (RFC 9110, section 11.4; the scheme in any letter case), or undefined or null for
   *   an anonymous caller
   * @throws Unauthenticated for an invalid token or a revoked session; such a caller is never treated as anonymous
   * @throws SubgraphUnavailable when the token's key is unknown and the last fetch of the keys failed
   */
  identify(authorization: unknown): Identity | Promise<Identity> {
    if (authorization === undefined || authorization === null) return ANONYMOUS;
    const token = bearerToken(authorization);
    const cached = this.verified.get(token);
    if (!cached) return this.verify(token);
    if (cached.expiresAt.getTime() > Date.now()) return this.unlessRevoked(cached);
    this.verified.delete(token);
    throw new Unauthenticated();
  }

  private async verify(token: string): Promise<Identity> {
    try {
      if (!this.provider) throw new InvalidAccessTokenError('no identity provider is configured');
      const { keys, profile } = this.provider;
      const key = await keys.find(keyIdOf(token, profile));
      if (!key && !keys.isCurrent) throw new SubgraphUnavailable('identity provider');
      if (!key) throw new InvalidAccessTokenError('unknown kid');
      const verified = verifyAccessToken(token, key, profile);
      this.verified.set(token, verified);
      return this.unlessRevoked(verified);
    } catch (error) {
      if (!(error instanceof InvalidAccessTokenError)) throw error;
      this.logger.info({ why: error.message }, 'access token rejected');
      throw new Unauthenticated();
    }
  }

  private unlessRevoked(verified: AccessTokenContext): Identity {
    const { sessionId } = verified.viewer;
    if (sessionId !== null && this.revoked.has(sessionId)) throw new Unauthenticated();
    return verified;
  }
}

function bearerToken(authorization: unknown): string {
  const token =
    typeof authorization === 'string'
      ? /^[ \t]*bearer[ \t]+(\S+)[ \t]*$/i.exec(authorization)?.[1]
      : undefined;
  if (!token || token.length > MAX_TOKEN_LENGTH) throw new Unauthenticated();
  return token;
}
