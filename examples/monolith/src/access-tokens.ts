import { ServiceUnavailableException, UnauthorizedException } from '@nestjs/common';
import type { ActingUser } from '@supergraph/nest-tcp-client';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';

/** The format of the access tokens of users (JWT, RFC 9068). */
const RULES = {
  algorithms: ['ES256'],
  typ: 'at+jwt',
  issuer: 'users',
  audience: 'supergraph',
  requiredClaims: ['sub', 'sid', 'scope', 'exp'],
};

/** Verifies the access tokens of users with the public keys that it publishes. */
export class AccessTokens {
  private readonly publishedKey: ReturnType<typeof createRemoteJWKSet>;

  constructor(jwksUrl: string) {
    this.publishedKey = createRemoteJWKSet(new URL(jwksUrl));
  }

  /**
   * @param authorization the header, `Bearer …`
   * @throws UnauthorizedException, or ServiceUnavailableException while the keys cannot be fetched
   */
  async verify(authorization: string | undefined): Promise<ActingUser> {
    const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw unauthenticated('Log in first: send "Authorization: Bearer <access token>".');
    try {
      const { payload } = await jwtVerify<{ sub: string; sid: string; scope: string }>(
        token,
        this.key,
        RULES,
      );
      return { userId: payload.sub, sessionId: payload.sid, scopes: payload.scope.split(' ') };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw unauthenticated('The access token is invalid or has expired.');
    }
  }

  private readonly key: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.publishedKey(header, token);
    } catch (error) {
      const isTokenError =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isTokenError) throw error;
      const message = 'Access tokens cannot be verified at the moment. Try again later.';
      throw new ServiceUnavailableException({ code: 'KEYS_UNAVAILABLE', message }, { cause: error });
    }
  };
}

function unauthenticated(message: string): UnauthorizedException {
  return new UnauthorizedException({ code: 'UNAUTHENTICATED', message });
}
