/** All permissions that a field can require. */
export const SCOPES = ['users:read', 'users:admin', 'subscribers:read', 'subscribers:write'] as const;

export type Scope = (typeof SCOPES)[number];

/** Parses the `scope` claim of a token: scopes separated by spaces (RFC 6749, section 3.3). */
export function parseScope(scope: string): ReadonlySet<string> {
  return new Set(scope.split(' ').filter(Boolean));
}
