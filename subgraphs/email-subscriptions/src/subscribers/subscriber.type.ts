import { enumType } from '@kit/subgraph';
import { Directive, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { EmailAddress } from '@kit/mail';
import type { SubscriberStatus } from './subscriber-status.js';
import type { Attributes, SubscriberSource } from './subscriber.entity.js';

export const SubscriberStatusType = enumType<SubscriberStatus>(
  'SubscriberStatus',
  'The status of a subscriber. If several are true, the subscriber has the last of them.',
  {
    PENDING: 'The subscriber has to confirm the address before receiving mail.',
    ACTIVE: 'The subscriber receives mail.',
    BOUNCED: 'Mail to the address was returned.',
    UNSUBSCRIBED: 'The subscriber does not want mail.',
    COMPLAINED: 'The subscriber reported a mail as spam.',
    ERASED: 'All personal data was removed.',
  },
);

export const SubscriberSourceType = enumType<SubscriberSource>(
  'SubscriberSource',
  'How a subscriber or a change came to the list.',
  {
    USER: 'By a user or a program.',
    FORM: 'By the subscriber, with a form or a link.',
    IMPORT: 'By an import.',
  },
);

@ObjectType({ description: 'A person on the list, identified by an e-mail address.' })
@Directive('@key(fields: "id")')
export class Subscriber {
  @Field(() => ID, { description: 'The unique identifier of the subscriber, a UUID (version 7).' })
  id: string;

  @Field(() => EmailAddress, {
    nullable: true,
    description: 'The e-mail address, spelled as it was entered. Null once the subscriber was erased.',
  })
  email: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the subscriber, at most 200 characters long.',
  })
  name: string | null;

  @Field(() => SubscriberStatusType, { description: 'The status of the subscriber.' })
  status: SubscriberStatus;

  @Field(() => [String], { description: 'The tags of the subscriber, in alphabetical order.' })
  tags: string[];

  @Field(() => GraphQLJSONObject, { description: 'More data of the subscriber, at most 16 KiB of JSON.' })
  attributes: Attributes;

  @Field(() => SubscriberSourceType, { description: 'How the subscriber came to the list.' })
  source: SubscriberSource;

  @Field(() => GraphQLDateTime, {
    description: 'The time at which the subscriber was added to the list, with millisecond precision.',
  })
  addedAt: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'The time at which the subscriber confirmed the address. Null if this did not happen.',
  })
  confirmedAt: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'The time since which the subscriber does not want mail. Null for other subscribers.',
  })
  unsubscribedAt: Date | null;

  @Field(() => GraphQLDateTime, { description: 'The time of the last change.' })
  updatedAt: Date;

  @Field(() => Int, {
    description: 'A number that grows with every change. Pass it as `expectedRevision` to detect changes.',
  })
  revision: number;
}
