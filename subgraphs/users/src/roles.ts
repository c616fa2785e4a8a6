import { SCOPES, type Scope } from '@supergraph/auth-context/scopes';

/** Every role that a user can have, the most powerful first. */
export const ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'READER'] as const;

/** What who registers may be: not an owner, or everybody would be. */
export const DEFAULT_ROLES = [
  'ADMIN',
  'EDITOR',
  'READER',
] as const satisfies readonly (typeof ROLES)[number][];

export type Role = (typeof ROLES)[number];

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
