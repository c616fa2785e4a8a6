import { Field, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { SubscriberErrorCode } from './subscriber-error.js';
import { Subscriber } from '../subscriber.type.js';

registerEnumType(SubscriberErrorCode, {
  name: 'SubscriberErrorCode',
  description: 'Everything that can be wrong with a change of the list.',
  valuesMap: {
    INVALID_INPUT: { description: 'A value is too long, empty or malformed; `field` names it.' },
    INVALID_EMAIL: { description: 'This is not an e-mail address.' },
    ALREADY_EXISTS: { description: 'The address is on the list; `existing` tells whose it is.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The key was used before, with another input.' },
  },
});

/** Described word for word as in the users subgraph: the supergraph has one `UserError`. */
@InterfaceType({
  description: 'An expected outcome of a mutation that is not the one asked for: data, not a GraphQL error.',
})
export abstract class UserError {
  @Field(() => String, { description: 'What went wrong, for people.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path of the argument at fault, such as `["input", "email"]`; null when it is no single one.',
  })
  field: string[] | null;
}

@ObjectType({ implements: UserError, description: 'What is wrong with a change of the list.' })
export class SubscriberError extends UserError {
  @Field(() => SubscriberErrorCode, { description: 'What is wrong, for programs.' })
  code: keyof typeof SubscriberErrorCode;

  @Field(() => Subscriber, { nullable: true, description: 'Whose the address is already.' })
  existing: Subscriber | null;
}
