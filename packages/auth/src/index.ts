export {
  ACCESS_TOKEN_ALGORITHMS,
  type AccessTokenAlgorithm,
  type AccessTokenClaims,
  type AccessTokenParties,
  type AccessTokenProfile,
  signedAccessTokens,
} from './access-token-profile.js';
export {
  ACCESS_TOKEN_SECONDS,
  type AccessTokenContext,
  algorithmOf,
  InvalidAccessTokenError,
  keyIdOf,
  signAccessToken,
  type SigningKey,
  verifyAccessToken,
} from './access-token.js';
export {
  ANONYMOUS,
  type AuthContext,
  isAuthenticated,
  type RequestOrigin,
  type Viewer,
} from './auth-context.js';
export { scopesInWords, unauthenticated } from './auth-errors.js';
export { AuthGuard, requireScopes } from './auth.guard.js';
export { CurrentAuth, CurrentViewer, Public, RequiresScopes } from './decorators.js';
export { denyByDefault } from './deny-by-default.js';
export { type Audience, Live, LIVE_DIRECTIVE, LIVE_SPEC } from './live-directive.js';
export {
  Credential,
  CREDENTIAL_DIRECTIVE,
  Deadline,
  DEADLINE_DIRECTIVE,
  KIT_SPEC,
} from './mutation-directives.js';
export { noteSender } from './message-auth.js';
export type { Scope } from './scopes.js';
export {
  claimedIssuer,
  GATEWAY,
  signTxnToken,
  TXN_TOKEN_HEADER,
  TXN_TOKEN_SECONDS,
  txnTokenKey,
  UNTRUSTED_CALLER,
  UntrustedCallerError,
  verifyTxnToken,
} from './txn-token.js';
