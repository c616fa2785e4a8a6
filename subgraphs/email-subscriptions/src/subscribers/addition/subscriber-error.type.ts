import { enumType, UserError } from '@kit/subgraph';
import { Field, ObjectType } from '@nestjs/graphql';
import type { SubscriberErrorCode } from './subscriber-error.js';
import { Subscriber } from '../subscriber.type.js';

const SubscriberErrorCodeType = enumType<SubscriberErrorCode>(
  'SubscriberErrorCode',
  'The reasons why a change to the list can fail.',
  {
    INVALID_INPUT: 'A value is too long, empty or malformed. `field` names it.',
    INVALID_EMAIL: 'The e-mail address is not valid.',
    ALREADY_EXISTS: 'The address is already on the list. `existing` is its subscriber.',
    IDEMPOTENCY_KEY_REUSED: 'The idempotency key was already used with a different input.',
  },
);

@ObjectType({ implements: UserError, description: 'A reason why a change to the list failed.' })
export class SubscriberError extends UserError {
  @Field(() => SubscriberErrorCodeType, { description: 'The reason for the error, as a code for programs.' })
  code: SubscriberErrorCode;

  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber that already has the address. Null unless the code is `ALREADY_EXISTS`.',
  })
  existing: Subscriber | null;
}
