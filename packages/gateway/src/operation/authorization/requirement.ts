import { type AuthContext, isAuthenticated } from '@kit/auth';

/** Alternative lists of scopes, as in `@requiresScopes(scopes:)`. A viewer needs all scopes of at least one list. */
export type Alternatives = readonly (readonly string[])[];

/** Alternatives that must all be met. Unless it is empty, the viewer must also be authenticated. */
export type Requirement = readonly Alternatives[];

/** `@authenticated`: requires no scopes. */
export const AUTHENTICATED: Alternatives = [[]];

/** Whether a viewer meets a requirement. */
export function isMet(requirement: Requirement, auth: AuthContext): boolean {
  if (requirement.length === 0) return true;
  return isAuthenticated(auth) && requirement.every((alternatives) => hasAnyOf(alternatives, auth));
}

/**
 * Returns the scopes that a viewer lacks, in the form of `@requiresScopes(scopes:)`: with all scopes of one of the
 * lists, the viewer would meet the requirement.
 */
export function missingScopes(requirement: Requirement, { scopes }: AuthContext): Alternatives {
  let ways: Alternatives = [[]];
  for (const alternatives of requirement) {
    const lacking = alternatives.map((all) => all.filter((scope) => !scopes.has(scope)));
    if (lacking.some(({ length }) => length === 0)) continue;
    ways = withoutSupersets(
      ways.flatMap((way) => lacking.map((more) => [...new Set([...way, ...more])].sort())),
    );
  }
  return ways;
}

function hasAnyOf(alternatives: Alternatives, { scopes }: AuthContext): boolean {
  return alternatives.some((all) => all.every((scope) => scopes.has(scope)));
}

/** Removes lists that include all scopes of another list. */
function withoutSupersets(ways: Alternatives): Alternatives {
  return ways.filter((way, n) =>
    ways.every((other, m) => {
      if (n === m || !other.every((scope) => way.includes(scope))) return true;
      return other.length === way.length && n < m;
    }),
  );
}
