/** Every permission that a field can ask for (the closed list of the system). */
export const SCOPES = ['users:read', 'users:admin', 'subscribers:read', 'subscribers:write'] as const;

export type Scope = (typeof SCOPES)[number];

/** Scopes as tokens carry them: separated by spaces (RFC 6749, section 3.3). */
export function parseScope(scope: string): ReadonlySet<string> {
  return new Set(scope.split(' ').filter(Boolean));
}
