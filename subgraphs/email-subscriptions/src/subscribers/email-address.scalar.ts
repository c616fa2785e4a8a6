import { GraphQLScalarType } from 'graphql';

/** Output only. The scalar of this name in graphql-scalars refuses internationalised addresses; we have some. */
export const EmailAddress = new GraphQLScalarType<string, string>({
  name: 'EmailAddress',
  description: 'An e-mail address (RFC 5321, RFC 6531), spelled as it was entered.',
  serialize: String,
});
