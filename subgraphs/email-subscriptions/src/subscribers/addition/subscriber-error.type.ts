import { Field, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { SubscriberErrorCode } from './subscriber-error.js';
import { Subscriber } from '../subscriber.type.js';

registerEnumType(SubscriberErrorCode, {
  name: 'SubscriberErrorCode',
  description: 'The reasons why a change to the list can fail.',
  valuesMap: {
    INVALID_INPUT: { description: 'A value is too long, empty or malformed. `field` names it.' },
    INVALID_EMAIL: { description: 'The e-mail address is not valid.' },
    ALREADY_EXISTS: { description: 'The address is already on the list. `existing` is its subscriber.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The idempotency key was already used with a different input.' },
  },
});

/** The users subgraph has the same type with the same descriptions. */
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
  field: string[] | null;
}

@ObjectType({ implements: UserError, description: 'A reason why a change to the list failed.' })
export class SubscriberError extends UserError {
  @Field(() => SubscriberErrorCode, { description: 'The reason for the error, as a code for programs.' })
  code: keyof typeof SubscriberErrorCode;

  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber that already has the address. Null unless the code is `ALREADY_EXISTS`.',
  })
  existing: Subscriber | null;
}
