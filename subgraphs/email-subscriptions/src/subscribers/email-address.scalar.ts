import { GraphQLScalarType } from 'graphql';

/** Output only. The scalar of this name in graphql-scalars refuses internationalised addresses; we have some. */
export const EmailAddress = new GraphQLScalarType<string, string>({
  name: 'EmailAddress',
  description: 'An e-mail address, as typed by whoever gave it. It may hold letters of any alphabet.',
  serialize: String,
});
