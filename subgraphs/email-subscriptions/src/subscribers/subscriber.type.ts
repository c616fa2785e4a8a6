import { Directive, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { EmailAddress } from './email-address.scalar.js';
import { SubscriberStatus } from './subscriber-status.js';

registerEnumType(SubscriberStatus, {
  name: 'SubscriberStatus',
  description: 'Where a subscriber stands.',
  valuesMap: {
    PENDING: { description: 'Asked to be on the list and has not confirmed it yet.' },
    ACTIVE: { description: 'Gets mail.' },
    UNSUBSCRIBED: { description: 'Does not want mail any more.' },
    BOUNCED: { description: 'Mail to this address comes back.' },
    COMPLAINED: { description: 'Called our mail spam.' },
    ERASED: { description: 'Was forgotten: nothing personal is left.' },
  },
});

@ObjectType({ description: 'A person on the list, known by an e-mail address.' })
@Directive('@key(fields: "id")')
export class Subscriber {
  @Field(() => ID, { description: 'A UUID (version 7), made by this service.' })
  id: string;

  @Field(() => EmailAddress, { nullable: true, description: 'As typed; null once erased.' })
  email: string | null;

  @Field(() => String, { nullable: true, description: 'What to call them, in at most 200 characters.' })
  name: string | null;

  @Field(() => SubscriberStatus, { description: 'Whether they get mail, and why not.' })
  status: SubscriberStatus;

  @Field(() => GraphQLDateTime, { description: 'When they came onto the list, to the millisecond.' })
  addedAt: Date;
}
