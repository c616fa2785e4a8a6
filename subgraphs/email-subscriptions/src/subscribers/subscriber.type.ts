import { Directive, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { EmailAddress } from './email-address.scalar.js';
import { SubscriberStatus } from './subscriber-status.js';

registerEnumType(SubscriberStatus, {
  name: 'SubscriberStatus',
  description: 'Where a subscriber stands.',
  valuesMap: { ACTIVE: { description: 'Gets mail.' } },
});

@ObjectType({ description: 'A person on the list, known by an e-mail address.' })
@Directive('@key(fields: "id")')
export class Subscriber {
  @Field(() => ID, { description: 'A UUID (version 7), made by this service.' })
  id: string;

  @Field(() => EmailAddress, { nullable: true, description: 'The e-mail address as typed.' })
  email: string | null;

  @Field(() => String, { nullable: true, description: 'What to call them, in at most 200 characters.' })
  name: string | null;

  @Field(() => SubscriberStatus, { description: 'Where they stand.' })
  status: SubscriberStatus;

  @Field(() => GraphQLDateTime, { description: 'When they came onto the list, to the millisecond.' })
  addedAt: Date;
}
