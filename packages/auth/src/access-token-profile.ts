/** The algorithms of access tokens (RFC 7518, section 3.1). */
export const ACCESS_TOKEN_ALGORITHMS = ['ES256', 'RS256'] as const;

export type AccessTokenAlgorithm = (typeof ACCESS_TOKEN_ALGORITHMS)[number];

/** The issuer of access tokens, and their audience. */
export interface AccessTokenParties {
  readonly issuer: string;
  readonly audience: string;
}

/** How the access tokens of an issuer are verified. */
export interface AccessTokenProfile extends AccessTokenParties {
  readonly algorithms: readonly AccessTokenAlgorithm[];
  /** The `typ` that a header must have, such as `at+jwt` (RFC 9068). Null accepts any. */
  readonly typ: string | null;
  readonly claims: AccessTokenClaims;
  /**
   * Whether only one of the two forms of an ES256 signature is accepted, the one with the low s. Few issuers guarantee
   * it.
   */
  readonly canonicalSignatures: boolean;
}

/** The names of the claims to read. */
export interface AccessTokenClaims {
  readonly userId: string;
  /** Null when the tokens belong to no session. */
  readonly sessionId: string | null;
  /** The claim is text with spaces between the scopes, or a list. Without it, the token has no scopes. */
  readonly scopes: string;
}

/** A JWT profile access token (RFC 9068) as `signAccessToken` makes it. */
export function signedAccessTokens(parties: AccessTokenParties) {
  return {
    ...parties,
    algorithms: ['ES256'],
    typ: 'at+jwt',
    claims: { userId: 'sub', sessionId: 'sid', scopes: 'scope' },
    canonicalSignatures: true,
  } satisfies AccessTokenProfile;
}
