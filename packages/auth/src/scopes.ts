/** A permission that a field can require, such as `orders:read`. */
export type Scope = string;

/** Parses the `scope` claim of a token: scopes separated by spaces (RFC 6749, section 3.3). */
export function parseScope(scope: string): ReadonlySet<string> {
  return new Set(scope.split(' ').filter(Boolean));
}
