import { isAuthenticated, type AuthContext } from '@supergraph/auth-context/auth-context';

/** Several ways to be let in, each a list of scopes to have all of: what `@requiresScopes(scopes:)` says. */
export type Alternatives = readonly (readonly string[])[];

/** What has to be fulfilled, all of it; each needs somebody who is authenticated, too. Nothing at all when empty. */
export type Requirement = readonly Alternatives[];

/** `@authenticated`: no scope is needed, but somebody who is authenticated. */
export const AUTHENTICATED: Alternatives = [[]];

/** Whether they may see what requires this. */
export function isMet(requirement: Requirement, auth: AuthContext): boolean {
  if (requirement.length === 0) return true;
  return isAuthenticated(auth) && requirement.every((alternatives) => isOneHeld(alternatives, auth));
}

/**
 * What they would need besides the scopes that they have, in the form of `@requiresScopes(scopes:)`: one of these
 * lists, whole.
 */
export function missingScopes(requirement: Requirement, { scopes }: AuthContext): Alternatives {
  let ways: Alternatives = [[]];
  for (const alternatives of requirement) {
    const lacking = alternatives.map((all) => all.filter((scope) => !scopes.has(scope)));
    if (lacking.some(({ length }) => length === 0)) continue;
    ways = shortest(ways.flatMap((way) => lacking.map((more) => [...new Set([...way, ...more])].sort())));
  }
  return ways;
}

function isOneHeld(alternatives: Alternatives, { scopes }: AuthContext): boolean {
  return alternatives.some((all) => all.every((scope) => scopes.has(scope)));
}

/** Without those that ask for all that another one asks for, and more. */
function shortest(ways: Alternatives): Alternatives {
  return ways.filter((way, n) =>
    ways.every((other, m) => {
      if (n === m || !other.every((scope) => way.includes(scope))) return true;
      return other.length === way.length && n < m;
    }),
  );
}
