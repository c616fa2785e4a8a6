/** All scopes that roles can give. Fields of any subgraph may require them. */
export const SCOPES = [
  'users:read',
  'users:admin',
  'subscribers:read',
  'subscribers:write',
  'subscribers:import',
  'subscribers:export',
  'subscribers:erase',
  'subscribers:pii',
] as const;

export type Scope = (typeof SCOPES)[number];

/** The roles that a user can have, most powerful first. */
export const ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'READER'] as const;

export type Role = (typeof ROLES)[number];

/** The values of DEFAULT_ROLE. OWNER is left out, because it would make every registered user an owner. */
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

/** The union of the scopes of these roles, in the order of `SCOPES`. */
export function scopesOf(roles: readonly Role[]): Scope[] {
  return SCOPES.filter((scope) => roles.some((role) => SCOPES_OF_ROLE[role].includes(scope)));
}
