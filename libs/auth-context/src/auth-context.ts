import { parseScope } from './scopes.js';

/** The person behind a request and the session that they logged in with. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
}

/** Where a request came from, as the gateway saw it. */
export interface RequestOrigin {
  /** The client's address; null where it is not known. */
  readonly ip: string | null;
  /** What the client calls itself, cut to 256 characters; null when it says nothing. */
  readonly userAgent: string | null;
}

/**
 * Who asks, as a subgraph knows it. Made from a verified transaction token only, so whoever holds one may
 * trust it. Scopes without a viewer are a room shared by equal watchers: authenticated, but no person.
 */
export interface AuthContext {
  readonly viewer: Viewer | null;
  readonly scopes: ReadonlySet<string>;
  /** The program that sends messages, for itself or for a user; left out when the gateway asks. */
  readonly caller?: string;
  /** Of mutations alone: nothing else is written down with it. */
  readonly origin?: RequestOrigin;
}

/** The context of a request with no access token. */
export const ANONYMOUS: AuthContext = { viewer: null, scopes: parseScope('') };

/** Whether anybody, a room that acts for somebody, or a program with a name of its own is behind the request. */
export function isAuthenticated(auth: AuthContext): boolean {
  return auth.viewer !== null || auth.scopes.size > 0 || auth.caller !== undefined;
}
