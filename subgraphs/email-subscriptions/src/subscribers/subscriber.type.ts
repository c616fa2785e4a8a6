import { enumType } from '@kit/subgraph';
import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { EmailAddress } from '@kit/mail';
import type { SubscriberStatus } from './subscriber-status.js';

export const SubscriberStatusType = enumType<SubscriberStatus>(
  'SubscriberStatus',
  'The status of a subscriber.',
  { ACTIVE: 'The subscriber receives mail.' },
);

@ObjectType({ description: 'A person on the list, identified by an e-mail address.' })
@Directive('@key(fields: "id")')
export class Subscriber {
  @Field(() => ID, { description: 'The unique identifier of the subscriber, a UUID (version 7).' })
  id: string;

  @Field(() => EmailAddress, {
    nullable: true,
    description: 'The e-mail address, spelled as it was entered.',
  })
  email: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the subscriber, at most 200 characters long.',
  })
  name: string | null;

  @Field(() => SubscriberStatusType, { description: 'The status of the subscriber.' })
  status: SubscriberStatus;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the subscriber was added to the list, with millisecond precision.',
  })
  addedAt: Date;
}
