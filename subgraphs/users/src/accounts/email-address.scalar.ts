import { GraphQLScalarType } from 'graphql';

/**
 * Output only: what comes in is a `String`, which the service parses. The scalar of graphql-scalars would check
 * again on the way out, and refuse internationalised addresses that are in the database already.
 */
export const EmailAddress = new GraphQLScalarType<string, string>({
  name: 'EmailAddress',
  description: 'An e-mail address (RFC 5321, RFC 6531), spelled as it was entered.',
});
