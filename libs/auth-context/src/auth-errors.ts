import { GraphQLError } from 'graphql';

/** Nobody is logged in, or the token that says so is bad. */
export function unauthenticated(message = 'Log in first: this needs a valid access token.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

/** Somebody is logged in who may not do this; `missing` names the scopes that they would need. */
export function forbidden(missing: readonly string[]): GraphQLError {
  const scopes = missing.length === 1 ? `the scope ${missing[0]}` : `the scopes ${missing.join(', ')}`;
  return new GraphQLError(`This needs ${scopes}.`, { extensions: { code: 'FORBIDDEN' } });
}

/** Whoever asked for this field has stopped waiting for it. */
export function tooLate(): GraphQLError {
  return new GraphQLError('Nobody waits for this any more.', {
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });
}
