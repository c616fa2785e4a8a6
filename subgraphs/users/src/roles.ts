import { SCOPES, type Scope } from '@supergraph/auth-context/scopes';

/** Every role that a user can have, the most powerful first. */
export const ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'READER'] as const;

export type Role = (typeof ROLES)[number];

/** What DEFAULT_ROLE may be. OWNER is not in the list: everybody who registers would be one. */
export const DEFAULT_ROLES = ['ADMIN', 'EDITOR', 'READER', 'NONE'] as const;

export type DefaultRole = (typeof DEFAULT_ROLES)[number];

/** The roles of a new account. */
export function initialRoles(defaultRole: DefaultRole): Role[] {
  return defaultRole === 'NONE' ? [] : [defaultRole];
}

const READER: readonly Scope[] = ['users:read', 'subscribers:read'];

const SCOPES_OF_ROLE: Record<Role, readonly Scope[]> = {
  OWNER: SCOPES,
  ADMIN: SCOPES.filter((scope) => scope !== 'users:admin'),
  EDITOR: [...READER, 'subscribers:write'],
  READER,
};

/** The scopes that these roles give together, each once, in the order of `SCOPES`. */
export function scopesOf(roles: readonly Role[]): Scope[] {
  return SCOPES.filter((scope) => roles.some((role) => SCOPES_OF_ROLE[role].includes(scope)));
}
