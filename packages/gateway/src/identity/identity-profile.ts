import { ACCESS_TOKEN_ALGORITHMS, type AccessTokenProfile } from '@kit/auth';
import { StartUpError } from '@kit/service';
import type { IdentityOptions } from './identity-options.js';

/**
 * How the tokens of an identity provider are verified.
 * @throws StartUpError when the options contradict each other
 */
export function profileOf(options: IdentityOptions): AccessTokenProfile {
  const { issuer, audience, typ = null, claims = {}, canonicalSignatures = false } = options;
  const { algorithms = ACCESS_TOKEN_ALGORITHMS, revocations } = options;
  const { userId = 'sub', sessionId = null, scopes = 'scope' } = claims;
  if (revocations && sessionId === null)
    throw new StartUpError(
      'revocations need the name of the claim with the session id (identity.claims.sessionId)',
    );
  return {
    issuer,
    audience,
    algorithms,
    typ,
    claims: { userId, sessionId, scopes },
    canonicalSignatures,
  };
}
