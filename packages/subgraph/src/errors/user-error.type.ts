import { Field, InterfaceType } from '@nestjs/graphql';

/** The type of the errors in a mutation's payload. Every subgraph has the same one, so it is part of no domain. */
@InterfaceType({
  description: 'An expected failure of a mutation, returned as data instead of as a GraphQL error.',
})
export abstract class UserError {
  @Field(() => String, { description: 'A message for people: the problem, and how to solve it.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the invalid argument, such as `["input", "email"]`. Null if the error does not concern a single argument.',
  })
  field?: readonly string[] | null;
}
