import { parseScope } from './scopes.js';

/** The person behind a request and the session that they logged in with. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Who asks, as a subgraph knows it. Made from a verified transaction token only, so whoever holds one may
 * trust it. Scopes without a viewer are a room shared by equal watchers: authenticated, but no person.
 */
export interface AuthContext {
  readonly viewer: Viewer | null;
  readonly scopes: ReadonlySet<string>;
}

/** The context of a request with no access token. */
export const ANONYMOUS: AuthContext = { viewer: null, scopes: parseScope('') };

/** Whether anybody, or a room that acts for somebody, is behind the request. */
export function isAuthenticated(auth: AuthContext): boolean {
  return auth.viewer !== null || auth.scopes.size > 0;
}
