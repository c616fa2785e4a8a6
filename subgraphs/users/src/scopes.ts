/** All scopes that roles can give. Fields of any subgraph may require them. */
export const SCOPES = ['users:read', 'users:admin', 'subscribers:read', 'subscribers:write'] as const;

export type Scope = (typeof SCOPES)[number];
