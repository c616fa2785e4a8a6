import { Field, InterfaceType } from '@nestjs/graphql';

@InterfaceType('UserError', {
  description: 'An expected failure of a mutation, returned as data instead of as a GraphQL error.',
})
export abstract class UserErrorType {
  @Field({ description: 'A message for people: the problem, and how to solve it.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the invalid argument, such as `["input", "email"]`. Null if the error does not concern a single argument.',
  })
  field?: readonly string[];
}
