import { GraphQLError } from 'graphql';

/** Nobody is logged in, or the token that says so is bad. */
export function unauthenticated(message = 'Log in first: this needs a valid access token.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

/**
 * Somebody is logged in who may not do this; `missing` names the scopes that they would need besides those they have.
 * `extensions.missingScopes` lists them as one of several ways there might be: `[[…]]`, as in `@requiresScopes`.
 */
export function forbidden(missing: readonly string[]): GraphQLError {
  return new GraphQLError(`This needs ${scopesInWords(missing)}.`, {
    extensions: { code: 'FORBIDDEN', missingScopes: [missing] },
  });
}

/** `the scopes a, b`, for messages. */
export function scopesInWords(scopes: readonly string[]): string {
  return scopes.length === 1 ? `the scope ${scopes[0]}` : `the scopes ${scopes.join(', ')}`;
}

/** Whoever asked for this field has stopped waiting for it. */
export function tooLate(): GraphQLError {
  return new GraphQLError('Nobody waits for this any more.', {
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });
}
