import { Field, InterfaceType } from '@nestjs/graphql';

@InterfaceType('UserError', {
  description: 'An expected outcome of a mutation that is not the one asked for: data, not a GraphQL error.',
})
export abstract class UserErrorType {
  @Field({ description: 'What went wrong, for people.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the argument at fault, such as `["input", "email"]`; null when it is no single one.',
  })
  field?: readonly string[];
}
