import { GraphQLError } from 'graphql';

/** The caller is not logged in, or the access token is not valid. */
export function unauthenticated(message = 'Log in first: this needs a valid access token.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

/**
 * The caller lacks the scopes in `missing`. `extensions.missingScopes` has the form of `@requiresScopes`, a list of
 * alternatives: `[[…]]`.
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

/** The caller's deadline has passed. */
export function tooLate(): GraphQLError {
  return new GraphQLError('The deadline of this request has passed.', {
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });
}
