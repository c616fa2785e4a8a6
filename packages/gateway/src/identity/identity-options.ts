import type { AccessTokenAlgorithm } from '@kit/auth';

/** The issuer of clients' access tokens, and how to verify them. Tokens are JWTs. */
export interface IdentityOptions {
  /** The address of the issuer's public keys, a JSON Web Key Set (RFC 7517). */
  readonly jwksUrl: string;
  /** The `iss` of valid tokens. */
  readonly issuer: string;
  /** The `aud` of valid tokens. */
  readonly audience: string;
  /** The accepted algorithms. Default: `ES256` and `RS256`. */
  readonly algorithms?: readonly AccessTokenAlgorithm[] | undefined;
  /** The `typ` that the header of a token must have, such as `at+jwt` (RFC 9068). Default: any. */
  readonly typ?: string | undefined;
  readonly claims?: ClaimNames | undefined;
  /**
   * Whether only one of the two forms of an ES256 signature is accepted, the one with the low s. Few issuers guarantee
   * it. Default: false.
   */
  readonly canonicalSignatures?: boolean | undefined;
  /** How often the keys are fetched, in milliseconds. Default: 300,000. */
  readonly keysRefreshMs?: number | undefined;
  /** The subgraph that reports revoked sessions. Without it, a token is valid until it expires. */
  readonly revocations?: RevocationOptions | undefined;
}

/** The names of the claims that the gateway reads. */
export interface ClaimNames {
  /** Default: `sub`. */
  readonly userId?: string | undefined;
  /** A token must have this claim then. Default: none, and viewers have no session. */
  readonly sessionId?: string | undefined;
  /** Text with spaces between the scopes, or a list. Default: `scope`. */
  readonly scopes?: string | undefined;
}

/** A subgraph that reports revoked sessions. Requires tokens with a session id. */
export interface RevocationOptions {
  /** The name of the subgraph. Requests are signed for it like all others. */
  readonly subgraph: string;
  /** The path at the origin of the subgraph. */
  readonly path: string;
  /** Pause between two polls, in milliseconds. Default: 1,000. */
  readonly pollMs?: number | undefined;
  /** The longest lifetime of an access token, in seconds. Default: 600. */
  readonly tokenSeconds?: number | undefined;
}
