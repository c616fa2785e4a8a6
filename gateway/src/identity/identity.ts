import {
  InvalidAccessTokenError,
  keyIdOf,
  verifyAccessToken,
  type AccessTokenContext,
} from '@supergraph/auth-context/access-token';
import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { SubgraphUnavailable, Unauthenticated } from '../gateway-errors.js';
import type { KeySet } from './key-set.js';
import type { RevokedSessions } from './revoked-sessions.js';

const CACHED_TOKENS = 10_000;
const LONGEST_TOKEN = 4_096;

/** Who asks, and until when that holds; a stranger has no end. */
export type Identity = AuthContext & { readonly expiresAt?: Date };

/**
 * Turns what a client sends as `authorization` into who they are. Verified tokens are cached until they expire, and
 * the same token gives the same object, so that what hangs off it can be cached too.
 */
export class IdentityService {
  private readonly verified = new LRUCache<string, AccessTokenContext>({ max: CACHED_TOKENS });

  constructor(
    private readonly keys: KeySet,
    private readonly logger: Logger,
    private readonly revoked: RevokedSessions,
  ) {
    // What one had signed is not to be believed any longer.
    keys.onDropped(() => this.verified.clear());
  }

  /**
   * @param authorization `Bearer …` (RFC 9110, section 11.4, in any case and with any space around the token), or nothing
   *   for an anonymous caller
   * @throws Unauthenticated for a bad token, or one of a session that was ended: it never makes a stranger of its bearer
   * @throws SubgraphUnavailable when its key may be one that could not be fetched
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
      const key = await this.keys.find(keyIdOf(token));
      if (!key && !this.keys.isCurrent) throw new SubgraphUnavailable('users');
      if (!key) throw new InvalidAccessTokenError('unknown kid');
      const verified = verifyAccessToken(token, key);
      this.verified.set(token, verified);
      return this.unlessRevoked(verified);
    } catch (error) {
      if (!(error instanceof InvalidAccessTokenError)) throw error;
      this.logger.info({ why: error.message }, 'access token refused');
      throw new Unauthenticated();
    }
  }

  private unlessRevoked(verified: AccessTokenContext): Identity {
    if (this.revoked.has(verified.viewer.sessionId)) throw new Unauthenticated();
    return verified;
  }
}

function bearerToken(authorization: unknown): string {
  const token =
    typeof authorization === 'string'
      ? /^[ \t]*bearer[ \t]+(\S+)[ \t]*$/i.exec(authorization)?.[1]
      : undefined;
  if (!token || token.length > LONGEST_TOKEN) throw new Unauthenticated();
  return token;
}
