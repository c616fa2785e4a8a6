import { GraphQLScalarType } from 'graphql';

/**
 * For output only: inputs are a `String`, which the service parses. The scalar of graphql-scalars would reject
 * internationalized addresses that are in the database.
 */
export const EmailAddress = new GraphQLScalarType<string, string>({
  name: 'EmailAddress',
  description: 'An e-mail address (RFC 5321, RFC 6531), spelled as it was entered.',
  serialize: String,
});
