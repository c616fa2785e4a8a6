import { parseScope } from './scopes.js';

/** The user who sends a request, and the user's session. */
export interface Viewer {
  readonly userId: string;
  /** Null when the issuer of access tokens has no sessions. */
  readonly sessionId: string | null;
}

/** The client that sent a request to the gateway. */
export interface RequestOrigin {
  /** The client's IP address. Null when it is not known. */
  readonly ip: string | null;
  /** The `user-agent` header, cut to 256 characters. */
  readonly userAgent: string | null;
}

/**
 * The caller of a subgraph. It is always made from a verified transaction token. Scopes without a viewer belong to a
 * subscription that several users share: it is authenticated, but acts for no single user.
 */
export interface AuthContext {
  readonly viewer: Viewer | null;
  readonly scopes: ReadonlySet<string>;
  /** The application that sends TCP messages, for itself or for a user. Undefined for requests of the gateway. */
  readonly caller?: string;
  /** Set for mutations only: the audit log records it. */
  readonly origin?: RequestOrigin;
}

/** The context of a request without an access token. */
export const ANONYMOUS: AuthContext = { viewer: null, scopes: parseScope('') };

/** Whether the caller is a user, a shared subscription, or an application. */
export function isAuthenticated(auth: AuthContext): boolean {
  return auth.viewer !== null || auth.scopes.size > 0 || auth.caller !== undefined;
}
