import { Field, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { SubscriberErrorCode } from './subscriber-error.js';
import { Subscriber } from './subscriber.type.js';

registerEnumType(SubscriberErrorCode, {
  name: 'SubscriberErrorCode',
  description: 'Everything that can be wrong with a change of the list.',
  valuesMap: {
    INVALID_INPUT: { description: 'A value is too long, empty or malformed; `field` names it.' },
    INVALID_EMAIL: { description: 'This is not an e-mail address.' },
    ALREADY_EXISTS: { description: 'The address is on the list; `existing` tells whose it is.' },
    SUPPRESSED: { description: 'The address asked never to be written to again.' },
    NOT_FOUND: { description: 'There is no such subscriber.' },
    STALE_REVISION: { description: 'Somebody else changed the subscriber in the meantime.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The key was used before, with another input.' },
    INVALID_TOKEN: { description: 'The link is wrong, too old, or was used.' },
  },
});

@InterfaceType({ description: 'Something that whoever asked can put right.' })
export abstract class UserError {
  @Field(() => String, { description: 'What is wrong, in a sentence.' })
  message: string;

  @Field(() => [String], { nullable: true, description: 'Path of the argument that is wrong; null for none in particular.' })
  field: string[] | null;
}

@ObjectType({ implements: UserError, description: 'What is wrong with a change of the list.' })
export class SubscriberError extends UserError {
  @Field(() => SubscriberErrorCode, { description: 'What is wrong, for programs.' })
  code: keyof typeof SubscriberErrorCode;

  @Field(() => Subscriber, { nullable: true, description: 'Whose the address is already.' })
  existing: Subscriber | null;
}
