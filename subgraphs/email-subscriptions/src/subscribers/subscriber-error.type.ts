import { enumType, UserError } from '@kit/subgraph';
import { Field, ObjectType } from '@nestjs/graphql';
import type { SubscriberErrorCode } from './subscriber-error.js';
import { Subscriber } from './subscriber.type.js';

export const SubscriberErrorCodeType = enumType<SubscriberErrorCode>(
  'SubscriberErrorCode',
  'The reasons why a change to the list can fail.',
  {
    INVALID_INPUT: 'A value is too long, empty or malformed. `field` names it.',
    INVALID_EMAIL: 'The e-mail address is not valid.',
    ALREADY_EXISTS: 'The address is already on the list. `existing` is its subscriber.',
    SUPPRESSED:
      'The owner of the address does not want mail. `existing` is the subscriber, or null if it was erased.',
    NOT_FOUND: 'No subscriber has the id or address, or no import has the id.',
    STALE_REVISION:
      'The subscriber has another revision than `expectedRevision`. `existing` is the subscriber.',
    IDEMPOTENCY_KEY_REUSED: 'The idempotency key was already used with a different input.',
    INVALID_TOKEN: 'The token is not valid, was used, or has expired.',
    RATE_LIMITED: 'The same was requested too often. Try again later.',
  },
);

@ObjectType({ implements: UserError, description: 'A reason why a change to the list failed.' })
export class SubscriberError extends UserError {
  @Field(() => SubscriberErrorCodeType, { description: 'The reason for the error, as a code for programs.' })
  code: SubscriberErrorCode;

  @Field(() => Subscriber, {
    nullable: true,
    description:
      'The subscriber that already has the address, or that was changed in the meantime. Null for other codes.',
  })
  existing: Subscriber | null;
}
