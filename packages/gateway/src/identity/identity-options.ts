/** Who issues the access tokens of clients, and how to verify them. */
export interface IdentityOptions {
  /** The address of the issuer's public keys, a JSON Web Key Set (RFC 7517). */
  readonly jwksUrl: string;
  /** How often the keys are fetched, in milliseconds. Default: 300,000. */
  readonly keysRefreshMs?: number | undefined;
  /** The subgraph that reports revoked sessions. Without it, a token is valid until it expires. */
  readonly revocations?: RevocationOptions | undefined;
}

/** A subgraph that reports revoked sessions. Requires tokens with a session id. */
export interface RevocationOptions {
  /** The name of the subgraph. Requests are signed for it like all others. */
  readonly subgraph: string;
  readonly path: string;
  /** Pause between two polls, in milliseconds. Default: 1,000. */
  readonly pollMs?: number | undefined;
}
