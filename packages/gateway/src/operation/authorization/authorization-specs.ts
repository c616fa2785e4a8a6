/** Identities of the authorization specifications that the gateway enforces. */
export const AUTHENTICATED_SPEC = 'https://specs.apollo.dev/authenticated';
export const REQUIRES_SCOPES_SPEC = 'https://specs.apollo.dev/requiresScopes';
