import { GraphQLScalarType } from 'graphql';

/** For output only. graphql-scalars has a scalar of this name, but it rejects internationalized addresses. */
export const EmailAddress = new GraphQLScalarType<string, string>({
  name: 'EmailAddress',
  description: 'An e-mail address (RFC 5321, RFC 6531), spelled as it was entered.',
  serialize: String,
});
